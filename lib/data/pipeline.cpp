#include "lib/data/pipeline.h"

#include <algorithm>
#include <utility>

#include "dsprep/error.h"

namespace dsprep {
namespace {

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

// Extents that differ from sample to sample are 0.
Shape shape_of(const Field& field) {
  std::vector<std::uint64_t> extents;
  for (const std::int64_t extent : field.shape)
    extents.push_back(extent < 0 ? 0 : static_cast<std::uint64_t>(extent));
  return Shape(std::span<const std::uint64_t>(extents));
}

}  // namespace

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

// Fields that a transform reads go through it; the others are copied, and stand in front.
void Pipeline::connect() {
  std::vector<Field> made;
  connect_transforms(made);
  connect_copies();
  for (Step& step : steps_) step.first_output += fields_.size();
  fields_.insert(fields_.end(), made.begin(), made.end());
  for (const Field& field : fields_)
    if (std::ranges::count(fields_, field.name, &Field::name) > 1) refuse_tensor_name(field.name);
  note_shapes();
}

std::size_t Pipeline::read_of(std::size_t field) {
  const auto found = std::ranges::find(reads_, field, &Read::field);
  if (found != reads_.end()) return static_cast<std::size_t>(found - reads_.begin());
  const Field& about = source_->schema().fields[field];
  reads_.push_back({field, !about.ragged(), shape_of(about)});
  return reads_.size() - 1;
}

void Pipeline::connect_transforms(std::vector<Field>& made) {
  const Schema& schema = source_->schema();
  for (const TransformPtr& transform : options_.transform) {
    Step step{.transform = transform, .inputs = {}, .first_output = made.size(), .outputs = 0};
    std::vector<Field> inputs;
    for (const std::string& name : transform->inputs()) {
      const std::size_t field = schema.index_of(name);
      step.inputs.push_back(read_of(field));
      inputs.push_back(schema.fields[field]);
    }
    for (Field& field : transform->outputs(inputs)) {
      step.ragged = step.ragged || field.ragged();
      made.push_back(std::move(field));
      ++step.outputs;
    }
    ragged_step_ = ragged_step_ || step.ragged;
    steps_.push_back(std::move(step));
  }
}

void Pipeline::connect_copies() {
  const Schema& schema = source_->schema();
  for (const std::string& name : options_.fields) (void)schema.index_of(name);
  const std::vector<Read> transformed = reads_;
  for (std::size_t i = 0; i < schema.fields.size(); ++i) {
    const bool used = std::ranges::count(transformed, i, &Read::field) != 0;
    const bool wanted =
        options_.fields.empty() || std::ranges::count(options_.fields, schema.fields[i].name) != 0;
    if (used || !wanted) continue;
    directs_.push_back({read_of(i), fields_.size()});
    fields_.push_back(schema.fields[i]);
  }
}

void Pipeline::note_shapes() {
  for (const Field& field : fields_) {
    fixed_.push_back(field.ragged() ? 0 : 1);
    any_ragged_ = any_ragged_ || field.ragged();
    fixed_shapes_.push_back(shape_of(field));
  }
}

void Pipeline::prepare(Lane& lane) const {
  lane.reader = source_->reader();
  for (const Step& step : steps_) lane.workspaces.push_back(step.transform->workspace());
}

}  // namespace dsprep
