// The samples of a batch, read and transformed into their places.
#include <algorithm>
#include <utility>

#include "dsprep/error.h"
#include "lib/data/convert.h"
#include "lib/data/pipeline.h"

namespace dsprep {
namespace {

constexpr std::size_t kLine = 64;  // of the processor's caches

// The first line is on its way already. A mapped value is small, unless all are mapped.
void fetch(Bytes value) {
  constexpr std::size_t kMostLines = 64;
  const std::size_t end = std::min(value.size(), kLine * kMostLines);
  for (std::size_t at = kLine; at < end; at += kLine) __builtin_prefetch(value.data() + at);
}

}  // namespace

// Where values lie, as far as they need no buffer: one call for all of these samples.
void Pipeline::look(std::span<const std::uint64_t> indices, Lane& lane) const {
  lane.views.resize(reads_.size());
  lane.weight = 1;
  lane.sample.store(indices.front(), std::memory_order_relaxed);
  lane.enter(Stage::kRead, options_.trace, indices.front());
  for (std::size_t read = 0; read < reads_.size(); ++read) {
    const std::span<Bytes> views = std::span(lane.views[read]).first(indices.size());
    try {
      lane.reader->views(indices, reads_[read].field, views);
    } catch (...) {  // view() will say it of the sample
      std::ranges::fill(views, Bytes());
    }
    for (const Bytes view : views) __builtin_prefetch(view.data());
  }
  lane.enter(Stage::kIdle, options_.trace, indices.front());
}

Pipeline::Fault Pipeline::fill(RingSlot& slot, std::size_t begin, std::size_t end,
                               std::uint64_t timed_each, Lane& lane) const {
  constexpr std::size_t kAhead = 2;  // samples whose bytes come while others are made
  Fault fault;
  std::size_t looked = begin;
  for (std::size_t i = begin; i < end && !slot.abandoned.load(std::memory_order_relaxed); ++i) {
    if (i == looked) {
      lane.first_view = i;
      looked = std::min(end, i + Lane::kMostViews);
      look(std::span(slot.samples).subspan(i, looked - i), lane);
    }
    lane.weight = i % timed_each == 0 ? timed_each : 0;
    if (i + kAhead < looked)
      for (const auto& views : lane.views) fetch(views[i + kAhead - lane.first_view]);
    try {
      fill_one(slot, i, lane);
    } catch (...) {
      if (!fault.error) fault = {std::current_exception(), i};
    }
  }
  return fault;
}

void Pipeline::copy(const RingSlot& slot, std::size_t sample, const Direct& direct,
                    Lane& lane) const {
  const std::uint64_t index = slot.samples[sample];
  const std::span<std::byte> out = place(slot, sample, direct.to);
  const BatchLayout::Target& target = slot.layout.targets_[sample * fields_.size() + direct.to];
  const DType to = slot.layout.entries_[target.tensor].dtype, from = fields_[direct.to].dtype;
  const std::size_t field = reads_[direct.from].field;
  Bytes value = lane.views[direct.from][sample - lane.first_view];
  if (value.data() == nullptr) {
    if (to == from) return lane.reader->read(index, field, out);
    value = lane.reader->view(index, field).bytes;
  }
  const std::size_t count = out.size() / dtype_size(to);
  if (!can_convert(from, to) || value.size() != count * dtype_size(from))
    throw Error(ErrorCode::kInternal, "the collate's tensor does not fit the field");
  convert_elements(from, value.data(), to, out.data(), count);
}

void Pipeline::transform(const RingSlot& slot, std::size_t sample, std::size_t number,
                         Lane& lane) const {
  const Step& step = steps_[number];
  const std::uint64_t index = slot.samples[sample];
  lane.inputs.clear();
  lane.outputs.clear();
  for (const std::size_t input : step.inputs) {
    const Read& read = reads_[input];
    const Field& field = source_->schema().fields[read.field];
    const Bytes seen = lane.views[input][sample - lane.first_view];
    const bool known = read.fixed && seen.data() != nullptr;
    const FieldValue value =
        known ? FieldValue{seen, read.shape} : lane.reader->view(index, read.field);
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

void Pipeline::fill_one(RingSlot& slot, std::size_t sample, Lane& lane) const {
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
  if (fault) settle(slot, sample, fault, stage);
}

}  // namespace dsprep
