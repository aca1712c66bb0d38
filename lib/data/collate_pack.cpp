// pack_rows: several samples in one row, with their borders.
#include <algorithm>
#include <utility>

#include "lib/data/collate_common.h"

namespace dsprep {
namespace {

class PackRows final : public Collate {
 public:
  PackRows(std::int64_t value, PackRowsOptions options)
      : value_(value), options_(std::move(options)) {
    if (options_.length == 0) throw Error(ErrorCode::kUsage, "pack_rows: a row of 0 elements");
  }

  void check(std::span<const Field> fields) const override {
    const Field& field = fields[sequence_field(fields, options_.field)];
    if (field.shape.size() != 1 || sequence_dtype(field, true) != DType::kInt64)
      throw Error(ErrorCode::kUsage, "pack_rows: needs integers of one dimension",
                  {.field = field.name});
  }

  void layout(const BatchShapes& shapes, BatchLayout& layout) const override {
    const std::size_t sequence = sequence_field(shapes.fields(), options_.field);
    layout.remember(sequence);
    const Field& field = shapes.fields()[sequence];
    const std::uint64_t rows = shapes.rows(), length = options_.length;
    layout.add(sequence_name(field, options_.name), DType::kInt64, {rows, length});
    layout.add("segment_ids", DType::kInt32, {rows, length});
    layout.add("position_ids", DType::kInt64, {rows, length});
    layout.add("lengths", DType::kInt64, {rows});
    layout.add("sample_rows", DType::kInt64, {shapes.samples()});
    if (options_.targets) layout.add("targets", DType::kInt64, {rows, length});
    std::uint64_t used = 0;
    for (std::size_t i = 0; i < shapes.samples(); ++i) {
      if (i == 0 || shapes.row(i) != shapes.row(i - 1)) used = 0;
      const std::uint64_t size = shapes.shape(i, sequence).elements();
      if (size > length - used) {
        throw Error(ErrorCode::kUsage,
                    "the samples of a row have more than the " + std::to_string(length) +
                        " elements of pack_rows",
                    {.field = field.name}, "use the packed() sampler with the same row length");
      }
      layout.place(i, sequence, kIds, shapes.row(i) * length + used);
      used += size;
    }
    for (std::size_t other = 0; other < shapes.fields().size(); ++other)
      if (other != sequence) stack_layout(other, shapes, layout);
  }

  void begin(const BatchShapes& shapes, const BatchMemory& memory) const override {
    const std::size_t sequence = memory.layout().remembered();
    const auto lengths = memory.tensor<std::int64_t>(kLengths);
    const auto rows = memory.tensor<std::int64_t>(kRows);
    std::ranges::fill(lengths, 0);
    for (std::size_t i = 0; i < shapes.samples(); ++i) {
      rows[i] = static_cast<std::int64_t>(shapes.row(i));
      lengths[shapes.row(i)] += static_cast<std::int64_t>(shapes.shape(i, sequence).elements());
    }
    std::size_t tensor = kRows + 1 + options_.targets;
    for (std::size_t other = 0; other < shapes.fields().size(); ++other)
      if (other != sequence) tensor = stack_begin(other, tensor, shapes, memory);
  }

  // A row's tail is filled by its last sample, so that rows, too, are written by any thread.
  void finish(std::size_t sample, bool valid, const BatchShapes& shapes,
              const BatchMemory& memory) const override {
    const std::size_t sequence = memory.layout().remembered();
    const std::size_t row = shapes.row(sample);
    std::uint64_t begin = 0;
    std::int32_t segment = 1;
    for (std::size_t i = sample; i > 0 && shapes.row(i - 1) == row; --i, ++segment)
      begin += shapes.shape(i - 1, sequence).elements();
    const std::uint64_t size = shapes.shape(sample, sequence).elements();
    const std::uint64_t at = row * options_.length + begin;
    write(memory, at, size, valid ? segment : 0);
    const bool last = sample + 1 == shapes.samples() || shapes.row(sample + 1) != row;
    if (!last) return;
    const std::uint64_t end = begin + size;
    fill_elements(memory, kIds, DType::kInt64, at + size, options_.length - end, value_);
    write(memory, at + size, options_.length - end, 0);
  }

 private:
  static constexpr std::size_t kIds = 0, kSegments = 1, kPositions = 2, kLengths = 3, kRows = 4,
                               kTargets = 5;

  void write(const BatchMemory& memory, std::uint64_t at, std::uint64_t size,
             std::int32_t segment) const {
    const auto segments = memory.tensor<std::int32_t>(kSegments).subspan(at, size);
    const auto positions = memory.tensor<std::int64_t>(kPositions).subspan(at, size);
    std::ranges::fill(segments, segment);
    for (std::uint64_t i = 0; i < size; ++i)
      positions[i] = segment == 0 ? 0 : static_cast<std::int64_t>(i);
    if (!options_.targets) return;
    const auto targets = memory.tensor<std::int64_t>(kTargets).subspan(at, size);
    const auto ids = memory.tensor<std::int64_t>(kIds).subspan(at, size);
    for (std::uint64_t i = 0; i < size; ++i)
      targets[i] = segment != 0 && i + 1 < size ? ids[i + 1] : kIgnoredTarget;
  }

  std::int64_t value_;
  PackRowsOptions options_;
};

}  // namespace

CollatePtr pack_rows(std::int64_t value, PackRowsOptions options) {
  return std::make_shared<PackRows>(value, std::move(options));
}

}  // namespace dsprep
