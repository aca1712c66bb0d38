// The plan of a batch: which samples, how large, and where each stands.
#include <algorithm>
#include <utility>

#include "dsprep/error.h"
#include "lib/data/pipeline.h"

namespace dsprep {

void Pipeline::pick(RingSlot& slot, EpochOrder& order, const Share& share,
                    std::uint64_t step) const {
  const std::uint64_t rows = share.rows(step);
  slot.step = step;
  slot.end = share.end(step);
  slot.valid_rows = 0;
  slot.samples.resize(rows);
  slot.positions.resize(rows);
  slot.counted.resize(rows);
  slot.shapes.rows_.resize(rows);
  slot.shapes.row_count_ = rows;
  for (std::uint64_t i = 0; i < rows; ++i) {
    const ShareRow row = share.row(step, i);
    slot.positions[i] = row.position;
    slot.counted[i] = row.valid ? 1 : 0;
    slot.valid_rows += row.valid ? 1 : 0;
    slot.shapes.rows_[i] = static_cast<std::uint32_t>(i);
  }
  if (!order.samples(slot.positions, slot.samples)) pick_rows(slot, order, share, step);
}

// Where a row may have several samples.
void Pipeline::pick_rows(RingSlot& slot, EpochOrder& order, const Share& share,
                         std::uint64_t step) {
  slot.samples.clear();
  slot.positions.clear();
  slot.counted.clear();
  slot.shapes.rows_.clear();
  for (std::uint64_t i = 0; i < slot.shapes.row_count_; ++i) {
    const ShareRow row = share.row(step, i);
    order.append(row.position, slot.samples);
    slot.positions.resize(slot.samples.size(), row.position);
    slot.counted.resize(slot.samples.size(), row.valid ? 1 : 0);
    slot.shapes.rows_.resize(slot.samples.size(), static_cast<std::uint32_t>(i));
  }
}

void Pipeline::measure(RingSlot& slot, Lane& lane) const {
  const std::size_t count = slot.samples.size(), width = fields_.size();
  BatchShapes& shapes = slot.shapes;
  shapes.fields_ = fields_;
  shapes.fixed_ = fixed_;
  shapes.stride_ = any_ragged_ ? count : 1;
  if (shapes.shapes_.size() < width * shapes.stride_) shapes.shapes_.resize(width * shapes.stride_);
  for (std::size_t field = 0; field < width; ++field)
    if (fixed_[field]) shapes.shapes_[field * shapes.stride_] = fixed_shapes_[field];
  if (!any_ragged_ || (!ragged_step_ && measure_copies(slot, lane))) return;
  for (std::size_t i = 0; i < count; ++i) measure_sample(slot, i, lane);
}

// All shapes of a field in one call, where the source has that. The fault of a sample, too, is left
// to measure_sample(), so that it is the first one's.
bool Pipeline::measure_copies(RingSlot& slot, Lane& lane) const {
  const std::size_t count = slot.samples.size();
  lane.sample.store(slot.samples.front(), std::memory_order_relaxed);
  try {
    return std::ranges::all_of(directs_, [&](const Direct& direct) {
      const std::span<Shape> out = std::span(slot.shapes.shapes_).subspan(direct.to * count, count);
      return fixed_[direct.to] || lane.reader->shapes(slot.samples, reads_[direct.from].field, out);
    });
  } catch (...) {
    return false;
  }
}

void Pipeline::measure_sample(RingSlot& slot, std::size_t sample, Lane& lane) const {
  const std::uint64_t index = slot.samples[sample];
  const auto out = [&](std::size_t field) -> Shape& {
    return slot.shapes.shapes_[field * slot.shapes.stride_ + sample];
  };
  lane.sample.store(index, std::memory_order_relaxed);
  for (const Direct& direct : directs_)
    if (!fixed_[direct.to]) out(direct.to) = lane.reader->shape(index, reads_[direct.from].field);
  for (const Step& step : steps_) {
    if (!step.ragged) continue;
    lane.shapes.clear();
    for (const std::size_t input : step.inputs)
      lane.shapes.push_back(lane.reader->shape(index, reads_[input].field));
    lane.output_shapes.resize(step.outputs);
    step.transform->shapes(lane.shapes, lane.output_shapes);
    for (std::size_t i = 0; i < step.outputs; ++i)
      if (!fixed_[step.first_output + i]) out(step.first_output + i) = lane.output_shapes[i];
  }
}

// Hints for what will be read. Where samples are cheap, their values are in memory, and fill()
// fetches them to the processor's caches itself.
void Pipeline::announce(const RingSlot& slot, Lane& lane) const {
  for (const Read& read : reads_)
    for (const std::uint64_t sample : slot.samples) lane.reader->will_read(sample, read.field);
}

void Pipeline::lay_out(RingSlot& slot, std::uint64_t limit) const {
  BatchLayout& layout = slot.layout;
  const std::size_t count = slot.samples.size();
  layout.count_ = 0;
  layout.bytes_ = 0;
  layout.fields_ = fields_.size();
  layout.targets_.assign(count * fields_.size(), {});
  layout.rows_.resize(count);
  layout.samples_.resize(count);
  for (std::size_t i = 0; i < count; ++i) layout.move(i, i);
  options_.collate->layout(slot.shapes, layout);
  const std::size_t valid = layout.add("valid", DType::kBool, {slot.shapes.rows()});
  for (const BatchLayout::Target& target : layout.targets_) {
    if (target.tensor >= valid)
      throw Error(ErrorCode::kInternal, "the collate gave a field of a sample no place");
  }
  if (layout.bytes_ > limit) refuse_size(slot, limit);
  get_memory(slot, limit);
  check_names(slot);
  slot.valid = {reinterpret_cast<std::uint8_t*>(slot.spans[valid].data()), slot.shapes.rows()};
  for (std::size_t i = 0; i < count; ++i) slot.valid[slot.valid_row(i)] = slot.counted[i] ? 1 : 0;
  slot.row_samples.resize(count);
  for (std::size_t i = 0; i < count; ++i) slot.row_samples[layout.row(i)] = slot.samples[i];
}

void Pipeline::get_memory(RingSlot& slot, std::uint64_t limit) const {
  const BatchLayout& layout = slot.layout;
  // Half as much again where batches differ, so that growing ends soon.
  const std::uint64_t bytes = std::max<std::uint64_t>(layout.bytes_, 1);
  std::byte* memory = slot.memory.reserve(
      bytes, any_ragged_ ? std::max(bytes, std::min(limit, bytes + bytes / 2)) : bytes);
  slot.spans.clear();
  slot.tensors.clear();
  for (std::size_t i = 0; i < layout.count_; ++i) {
    const BatchLayout::Entry& entry = layout.entries_[i];
    slot.spans.emplace_back(memory + entry.offset, entry.bytes);
    if (entry.name.empty()) continue;
    slot.tensors.push_back(
        {entry.name, entry.dtype, entry.shape, Encoding::kArray, slot.spans.back(), &slot});
  }
}

void Pipeline::refuse_size(const RingSlot& slot, std::uint64_t limit) const {
  std::uint64_t longest = 0, most = 0;
  for (std::size_t i = 0; i < slot.samples.size(); ++i) {
    std::uint64_t bytes = 0;
    for (std::size_t f = 0; f < fields_.size(); ++f)
      bytes += slot.shapes.shape(i, f).elements() * dtype_size(fields_[f].dtype);
    if (bytes >= most) most = bytes, longest = slot.samples[i];
  }
  throw Error(ErrorCode::kTooLarge,
              "a batch of " + std::to_string(slot.layout.bytes_) +
                  " bytes, the limit of a slot is " + std::to_string(limit) +
                  "; its longest sample has " + std::to_string(most),
              {.sample = longest}, "raise memory_bytes, or make batch or prefetch smaller");
}

// A field that is called like another tensor would hide it, or be hidden.
void Pipeline::check_names(RingSlot& slot) {
  if (slot.named == slot.tensors.size()) return;
  for (const Tensor& tensor : slot.tensors)
    if (std::ranges::count(slot.tensors, tensor.name, &Tensor::name) > 1)
      refuse_tensor_name(tensor.name);
  slot.named = slot.tensors.size();
}

void Pipeline::plan(RingSlot& slot, EpochOrder& order, const Share& share, std::uint64_t step,
                    std::uint64_t limit, bool cheap, Lane& lane) const {
  lane.weight = 1;
  lane.enter(Stage::kPlan, options_.trace, step);
  std::exception_ptr fault;
  try {
    pick(slot, order, share, step);
    measure(slot, lane);
    if (!cheap) announce(slot, lane);
    lay_out(slot, limit);
    options_.collate->begin(slot.shapes, BatchMemory(slot.layout, slot.spans));
  } catch (...) {
    fault = std::current_exception();
  }
  lane.enter(Stage::kIdle, options_.trace, step);
  if (!fault) return;
  try {
    std::rethrow_exception(fault);
  } catch (const Error& error) {
    if (error.where().sample) throw;
    throw placed(fault, lane.sample.load(std::memory_order_relaxed), Stage::kPlan);
  } catch (...) {
    throw placed(fault, lane.sample.load(std::memory_order_relaxed), Stage::kPlan);
  }
}

}  // namespace dsprep
