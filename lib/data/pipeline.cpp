#include "lib/data/pipeline.h"

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

#include "dsprep/error.h"
#include "formats/common/bytes.h"
#include "lib/data/convert.h"

namespace dsprep {
namespace {

constexpr std::size_t kMostListed = 1000;

// Faults of a sample's content. Others (the disk, the caller) are no reason to skip it.
bool is_content(ErrorCode code) noexcept {
  switch (code) {
    case ErrorCode::kCorrupt:
    case ErrorCode::kTruncated:
    case ErrorCode::kEmptyFile:
    case ErrorCode::kNotAnImage:
    case ErrorCode::kUnsupportedFormat:
    case ErrorCode::kTooLarge:
    case ErrorCode::kBadRow:
    case ErrorCode::kBadEncoding:
      return true;
    default:
      return false;
  }
}

void check(const LoaderOptions& options) {
  const auto refuse = [](const char* why) { throw Error(ErrorCode::kUsage, why); };
  if (options.shuffle && options.sampler) refuse("shuffle and sampler exclude each other");
  if (options.drop_last && options.pad_last) refuse("drop_last and pad_last exclude each other");
  if (options.prefetch == 0) refuse("prefetch must be 1 at least");
  if (options.threads > 1024 || options.prefetch > 1024)
    refuse("threads and prefetch must be 1024 at most");
  if (!options.memory.allocate != !options.memory.release)
    refuse("slot memory needs both functions, or none");
}

// Rows follow the layout where each sample has its own; under packing they are the sampler's.
std::size_t valid_row(const RingSlot& slot, std::size_t sample) noexcept {
  const bool packed = slot.shapes.rows() != slot.shapes.samples();
  return packed ? slot.shapes.row(sample) : slot.layout.row(sample);
}

}  // namespace

void refuse_tensor_name(std::string_view name) {
  throw Error(ErrorCode::kUsage,
              "two tensors of a batch would be called '" + std::string(name) + "'",
              {.field = std::string(name)}, "give one another name, or leave it out by `fields`");
}

Pipeline::Pipeline(SourcePtr from, LoaderOptions options)
    : source_(std::move(from)), options_(std::move(options)) {
  check(options_);
  if (!options_.sampler) {
    options_.sampler =
        options_.shuffle ? shuffled(source_->size(), options_.seed) : sequential(source_->size());
  }
  if (options_.sampler->samples() > source_->size()) {
    throw Error(ErrorCode::kUsage, "the sampler is made for " +
                                       std::to_string(options_.sampler->samples()) +
                                       " samples, the data has " + std::to_string(source_->size()));
  }
  if (!options_.collate) options_.collate = stack();
  connect();
  options_.collate->check(fields_);
  const Share share(topology(), sampler().rows(), 0);
  if (share.steps() == 0) {
    throw Error(ErrorCode::kUsage,
                "an epoch would have no batch: " + std::to_string(sampler().rows()) +
                    " rows, and a global batch of " + std::to_string(share.global_batch()),
                {}, "make the batch smaller, or do not drop the last one");
  }
}

Topology Pipeline::topology() const noexcept {
  return {.batch = options_.batch_size,
          .rank = options_.rank,
          .world = options_.world,
          .tail = options_.drop_last  ? Tail::kDrop
                  : options_.pad_last ? Tail::kPad
                                      : Tail::kKeep};
}

// Fields that a transform reads go through it; the others are copied.
void Pipeline::connect() {
  const Schema& schema = source_->schema();
  std::vector<char> used(schema.fields.size(), 0);
  std::vector<Field> made;
  for (const TransformPtr& transform : options_.transform) {
    Step step{.transform = transform, .inputs = {}, .first_output = made.size(), .outputs = 0};
    std::vector<Field> inputs;
    for (const std::string& name : transform->inputs()) {
      step.inputs.push_back(schema.index_of(name));
      used[step.inputs.back()] = 1;
      inputs.push_back(schema.fields[step.inputs.back()]);
    }
    for (Field& field : transform->outputs(inputs)) {
      step.ragged = step.ragged || field.ragged();
      made.push_back(std::move(field));
      ++step.outputs;
    }
    steps_.push_back(std::move(step));
  }
  for (const std::string& name : options_.fields) (void)schema.index_of(name);
  for (std::size_t i = 0; i < schema.fields.size(); ++i) {
    const bool wanted =
        options_.fields.empty() || std::ranges::count(options_.fields, schema.fields[i].name) != 0;
    if (used[i] || !wanted) continue;
    directs_.push_back({i, fields_.size()});
    fields_.push_back(schema.fields[i]);
    if (schema.fields[i].ragged()) asked_.push_back(i);
  }
  constexpr std::uint64_t kSmall = 16 << 10;  // as the reader of shards has it
  for (std::size_t i = 0; i < schema.fields.size(); ++i) {
    const Field& field = schema.fields[i];
    const bool read = used[i] || std::ranges::count(directs_, i, &Direct::from) != 0;
    if (read) reads_.emplace_back(i, !field.ragged() && field.row_bytes() < kSmall);
  }
  for (Step& step : steps_) {
    step.first_output += fields_.size();
    if (step.ragged) asked_.insert(asked_.end(), step.inputs.begin(), step.inputs.end());
  }
  fields_.insert(fields_.end(), made.begin(), made.end());
  for (const Field& field : fields_)
    if (std::ranges::count(fields_, field.name, &Field::name) > 1) refuse_tensor_name(field.name);
  for (const Field& field : fields_) {
    fixed_.push_back(field.ragged() ? 0 : 1);
    any_ragged_ = any_ragged_ || field.ragged();
    std::vector<std::uint64_t> extents;
    for (const std::int64_t extent : field.shape)
      extents.push_back(extent < 0 ? 0 : static_cast<std::uint64_t>(extent));
    fixed_shapes_.emplace_back(std::span<const std::uint64_t>(extents));
  }
}

void Pipeline::prepare(Lane& lane) const {
  lane.reader = source_->reader();
  for (const Step& step : steps_) lane.workspaces.push_back(step.transform->workspace());
}

void Pipeline::pick(RingSlot& slot, EpochOrder& order, const Share& share,
                    std::uint64_t step) const {
  slot.samples.clear();
  slot.positions.clear();
  slot.counted.clear();
  slot.shapes.rows_.clear();
  slot.step = step;
  slot.end = share.end(step);
  slot.valid_rows = 0;
  const std::uint64_t rows = share.rows(step);
  for (std::uint64_t i = 0; i < rows; ++i) {
    const ShareRow row = share.row(step, i);
    order.append(row.position, slot.samples);
    slot.valid_rows += row.valid ? 1 : 0;
    slot.positions.resize(slot.samples.size(), row.position);
    slot.counted.resize(slot.samples.size(), row.valid ? 1 : 0);
    slot.shapes.rows_.resize(slot.samples.size(), static_cast<std::uint32_t>(i));
  }
  slot.shapes.row_count_ = rows;
}

void Pipeline::measure(RingSlot& slot, Lane& lane) const {
  const std::size_t count = slot.samples.size(), width = fields_.size();
  BatchShapes& shapes = slot.shapes;
  shapes.fields_ = fields_;
  if (shapes.fixed_.empty()) {
    shapes.fixed_ = fixed_;
    shapes.shapes_ = fixed_shapes_;
  }
  if (!any_ragged_) return;
  if (shapes.shapes_.size() < count * width) shapes.shapes_.resize(count * width);
  for (const std::uint64_t sample : slot.samples)
    for (const std::size_t field : asked_) lane.reader->will_ask_shape(sample, field);
  for (std::size_t i = 0; i < count; ++i) {
    lane.sample.store(slot.samples[i], std::memory_order_relaxed);
    Shape* out = shapes.shapes_.data() + i * width;
    for (const Direct& direct : directs_)
      if (!fixed_[direct.to]) out[direct.to] = lane.reader->shape(slot.samples[i], direct.from);
    for (const Step& step : steps_) {
      if (!step.ragged) continue;
      lane.shapes.clear();
      for (const std::size_t input : step.inputs)
        lane.shapes.push_back(lane.reader->shape(slot.samples[i], input));
      step.transform->shapes(lane.shapes, std::span(out + step.first_output, step.outputs));
    }
  }
}

// Hints for what will be read: to the disk, or, where values are small, to the processor's caches.
// (Of ragged values that are small the shape's reading was hint enough.)
void Pipeline::announce(const RingSlot& slot, bool cheap, Lane& lane) const {
  for (const auto& [field, small] : reads_) {
    if (cheap && !small) continue;
    for (const std::uint64_t sample : slot.samples) lane.reader->will_read(sample, field);
  }
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
  if (layout.bytes_ > limit) {
    std::uint64_t longest = 0, most = 0;
    for (std::size_t i = 0; i < count; ++i) {
      std::uint64_t bytes = 0;
      for (std::size_t f = 0; f < fields_.size(); ++f)
        bytes += slot.shapes.shape(i, f).elements() * dtype_size(fields_[f].dtype);
      if (bytes >= most) most = bytes, longest = slot.samples[i];
    }
    throw Error(ErrorCode::kTooLarge,
                "a batch of " + std::to_string(layout.bytes_) + " bytes, the limit of a slot is " +
                    std::to_string(limit) + "; its longest sample has " + std::to_string(most),
                {.sample = longest}, "raise memory_bytes, or make batch or prefetch smaller");
  }
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
  check_names(slot);
  slot.valid = {reinterpret_cast<std::uint8_t*>(slot.spans[valid].data()), slot.shapes.rows()};
  for (std::size_t i = 0; i < count; ++i) slot.valid[valid_row(slot, i)] = slot.counted[i] ? 1 : 0;
  slot.row_samples.resize(count);
  for (std::size_t i = 0; i < count; ++i) slot.row_samples[layout.row(i)] = slot.samples[i];
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
    announce(slot, cheap, lane);
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

void Pipeline::copy(const RingSlot& slot, std::size_t sample, const Direct& direct,
                    Lane& lane) const {
  const std::uint64_t index = slot.samples[sample];
  const std::span<std::byte> out = place(slot, sample, direct.to);
  const BatchLayout::Target& target = slot.layout.targets_[sample * fields_.size() + direct.to];
  const DType to = slot.layout.entries_[target.tensor].dtype, from = fields_[direct.to].dtype;
  if (to == from) return lane.reader->read(index, direct.from, out);
  const FieldValue value = lane.reader->view(index, direct.from);
  const std::size_t count = out.size() / dtype_size(to);
  if (!can_convert(from, to) || value.bytes.size() != count * dtype_size(from))
    throw Error(ErrorCode::kInternal, "the collate's tensor does not fit the field");
  convert_elements(from, value.bytes.data(), to, out.data(), count);
}

void Pipeline::transform(const RingSlot& slot, std::size_t sample, std::size_t number,
                         Lane& lane) const {
  const Step& step = steps_[number];
  const std::uint64_t index = slot.samples[sample];
  lane.inputs.clear();
  lane.outputs.clear();
  for (const std::size_t input : step.inputs) {
    const FieldValue value = lane.reader->view(index, input);
    const Field& field = source_->schema().fields[input];
    lane.inputs.push_back({field.name, field.dtype, value.shape, field.encoding, value.bytes});
  }
  for (std::size_t i = step.first_output; i < step.first_output + step.outputs; ++i)
    lane.outputs.push_back({slot.shapes.shape(sample, i), place(slot, sample, i)});
  lane.enter(Stage::kTransform, options_.trace, index);
  step.transform->apply(
      lane.inputs,
      {.seed = mix(options_.seed, number), .epoch = slot.epoch, .position = slot.positions[sample]},
      number, lane.workspaces[number].get(), lane.outputs);
}

void Pipeline::make(RingSlot& slot, std::size_t sample, Lane& lane) const {
  const std::uint64_t index = slot.samples[sample];
  for (const Direct& direct : directs_) copy(slot, sample, direct, lane);
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    if (i > 0) lane.enter(Stage::kRead, options_.trace, index);
    transform(slot, sample, i, lane);
  }
  lane.enter(Stage::kCollate, options_.trace, index);
  options_.collate->finish(sample, true, slot.shapes, BatchMemory(slot.layout, slot.spans));
}

void Pipeline::fill(RingSlot& slot, std::size_t sample, Lane& lane) const {
  const std::uint64_t index = slot.samples[sample];
  lane.sample.store(index, std::memory_order_relaxed);
  lane.enter(Stage::kRead, options_.trace, index);
  std::exception_ptr fault;
  try {
    make(slot, sample, lane);
  } catch (...) {
    fault = std::current_exception();
  }
  const Stage stage = lane.stage.load(std::memory_order_relaxed);
  lane.enter(Stage::kIdle, options_.trace, index);
  if (!fault) return;
  const Error error = placed(fault, index, stage);
  if (options_.on_bad_sample == OnBadSample::kThrow || !is_content(error.code())) throw error;
  reject(slot, sample, error);
}

// The row stays, zero and not valid: shapes and steps are the same on all ranks.
void Pipeline::reject(RingSlot& slot, std::size_t sample, const Error& error) const {
  for (std::size_t field = 0; field < fields_.size(); ++field) {
    const std::span<std::byte> out = place(slot, sample, field);
    if (!out.empty()) std::memset(out.data(), 0, out.size());
  }
  options_.collate->finish(sample, false, slot.shapes, BatchMemory(slot.layout, slot.spans));
  std::atomic_ref<std::uint8_t>(slot.valid[valid_row(slot, sample)])
      .store(0, std::memory_order_relaxed);
  const std::uint64_t count = rejected_.fetch_add(1) + 1;
  {
    const std::lock_guard lock(bad_mutex_);
    if (bad_.size() < kMostListed) bad_.push_back({slot.samples[sample], error.what()});
  }
  if (count <= options_.max_bad_samples) return;
  throw Error(ErrorCode::kRejected,
              std::to_string(count) +
                  " bad samples, more than max_bad_samples; the last one: " + error.what(),
              error.where(), "look at bad_samples(), and run `dsprep verify`");
}

// Every fault leaves a thread as an Error that names the sample.
Error Pipeline::placed(std::exception_ptr fault, std::uint64_t sample, Stage stage) const {
  const auto name = [&] { return " (sample " + std::to_string(sample) + " of the loader)"; };
  try {
    std::rethrow_exception(fault);
  } catch (const Error& error) {
    Where where = error.where();
    if (!where.sample) where.sample = sample;
    return Error(error.code(), error.message() + name(), std::move(where), error.remedy());
  } catch (const std::bad_alloc&) {
    return Error(ErrorCode::kIo, "no memory for the " + std::string(stage_name(stage)) + name(),
                 {.sample = sample});
  } catch (const std::exception& other) {
    return Error(ErrorCode::kInternal,
                 "the " + std::string(stage_name(stage)) + " threw: " + other.what() + name(),
                 {.sample = sample});
  } catch (...) {
    return Error(ErrorCode::kInternal,
                 "the " + std::string(stage_name(stage)) + " threw no std::exception" + name(),
                 {.sample = sample});
  }
}

std::vector<BadSample> Pipeline::bad_samples() const {
  const std::lock_guard lock(bad_mutex_);
  return bad_;
}

}  // namespace dsprep
