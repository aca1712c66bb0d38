#include "formats/common/block_columns.h"

#include <algorithm>
#include <array>
#include <optional>

namespace dsprep {
namespace {

Extent extent_in(const ShardFiles& files, const BlockStream& stream, std::uint64_t begin,
                 std::uint64_t bytes) {
  return {.field = {},
          .file = files.path(stream.place().file).filename().string(),
          .offset = stream.place().offset + begin,
          .length = bytes,
          .checksum = stream.checksum_at(begin)};
}

class RowsColumn final : public ColumnReader {
 public:
  RowsColumn(const ShardFiles& files, const Field& field, const Column& column, Verify verify)
      : files_(files),
        row_bytes_(column.row_bytes),
        shape_(fixed_shape(field)),
        values_(files, rows_place(files, column, column.row_bytes), verify) {}

  ValueRef locate(std::uint64_t position) const override {
    return {.shape = shape_,
            .file = values_.place().file,
            .begin = position * row_bytes_,
            .bytes = row_bytes_};
  }
  void read(std::uint64_t, const ValueRef& ref, std::span<std::byte> out) const override {
    values_.read(ref.begin, out);
  }
  Bytes view(std::uint64_t, const ValueRef& ref, std::vector<std::byte>& scratch) const override {
    return values_.view(ref.begin, ref.bytes, scratch);
  }
  const BlockStream* stream() const noexcept override { return &values_; }
  void will_read(const ValueRef& ref) const override { values_.will_read(ref.begin, ref.bytes); }
  void views(std::span<const std::uint64_t> positions, std::span<Bytes> out) const override {
    const BlockStream::Window values(values_);
    for (std::size_t i = 0; i < positions.size(); ++i)
      out[i] = values.at(positions[i] * row_bytes_, row_bytes_);
  }
  Extent extent(std::uint64_t position) const override {
    return extent_in(files_, values_, position * row_bytes_, row_bytes_);
  }
  void check(std::uint32_t file, const std::function<void(const Damage&)>& report) const override {
    if (file == values_.place().file) check_rows(values_, row_bytes_, report);
  }

 private:
  const ShardFiles& files_;
  std::uint64_t row_bytes_;
  Shape shape_;
  BlockStream values_;
};

class RaggedColumn final : public ColumnReader {
 public:
  RaggedColumn(const ShardFiles& files, const Field& field, const Column& column, Verify verify)
      : files_(files),
        field_(field),
        any_length_(field.ragged() && field.shape.size() == 1),
        values_(files, values_place(files, column), verify),
        offsets_(files, offsets_place(files, column), verify) {
    if (field.shape.size() > 1) shapes_.emplace(files, shapes_place(files, field, column), verify);
  }

  ValueRef locate(std::uint64_t position) const override;
  bool shapes(std::span<const std::uint64_t> positions, std::span<Shape> out) const override;
  void views(std::span<const std::uint64_t> positions, std::span<Bytes> out) const override;
  void read(std::uint64_t, const ValueRef& ref, std::span<std::byte> out) const override {
    values_.read(ref.begin, out);
  }
  Bytes view(std::uint64_t, const ValueRef& ref, std::vector<std::byte>& scratch) const override {
    return values_.view(ref.begin, ref.bytes, scratch);
  }
  const BlockStream* stream() const noexcept override { return shapes_ ? nullptr : &values_; }
  void will_read(const ValueRef& ref) const override { values_.will_read(ref.begin, ref.bytes); }
  Extent extent(std::uint64_t position) const override {
    const ValueRef ref = locate(position);
    return extent_in(files_, values_, ref.begin, ref.bytes);
  }
  void check(std::uint32_t file, const std::function<void(const Damage&)>& report) const override;

 private:
  static BlockStream::Place values_place(const ShardFiles& files, const Column& column) {
    const std::uint64_t body = files.body_bytes(column.file);
    if (column.data_offset > body)
      files.corrupt("the footer puts '" + column.name + "' outside its file");
    return {column.file, column.data_offset, body - column.data_offset, column.block_bytes,
            column.name + ".xxh3"};
  }
  static BlockStream::Place offsets_place(const ShardFiles& files, const Column& column) {
    const std::uint64_t bytes = checked_product(files, files.samples() + 1, sizeof(std::uint64_t));
    return {column.offsets_file, column.offsets_offset, bytes, column.block_bytes,
            column.name + ".offsets.xxh3"};
  }
  static BlockStream::Place shapes_place(const ShardFiles& files, const Field& field,
                                         const Column& column) {
    const std::uint64_t bytes =
        checked_product(files, files.samples(), field.shape.size() * sizeof(std::uint64_t));
    return {column.shapes_file, column.shapes_offset, bytes, column.block_bytes,
            column.name + ".shapes.xxh3"};
  }

  using Ends = std::array<std::uint64_t, 2>;  // of a value, in elements
  const Ends& checked(const Ends& ends, std::uint64_t position) const;
  std::uint64_t offset_at(std::uint64_t index) const { return offsets_.numbers<1>(index)[0]; }
  Shape shape_of(std::uint64_t position, std::uint64_t elements, std::uint64_t bytes) const;
  std::uint64_t sample_of(std::uint64_t byte) const;
  void report_values(const BadBlock& bad, const std::function<void(const Damage&)>& report) const;

  const ShardFiles& files_;
  const Field& field_;
  bool any_length_;  // the field accepts what the offsets say, whatever it is
  BlockStream values_;
  BlockStream offsets_;
  std::optional<BlockStream> shapes_;
};

const RaggedColumn::Ends& RaggedColumn::checked(const Ends& ends, std::uint64_t position) const {
  if (ends[0] > ends[1] || ends[1] > values_.bytes() / dtype_size(field_.dtype)) {
    files_.corrupt(offsets_.place().file,
                   offsets_.place().offset + position * sizeof(std::uint64_t),
                   "offsets that do not rise, or point behind the values");
  }
  return ends;
}

bool RaggedColumn::shapes(std::span<const std::uint64_t> positions, std::span<Shape> out) const {
  const BlockStream::Window offsets(offsets_);
  if (!any_length_ || !offsets) return false;
  // All are asked of the memory before the first is waited for.
  for (const std::uint64_t position : positions) offsets.prefetch(position * sizeof(std::uint64_t));
  for (std::size_t i = 0; i < positions.size(); ++i) {
    const Ends ends = checked(offsets.numbers<2>(positions[i]), positions[i]);
    out[i] = Shape{ends[1] - ends[0]};
  }
  return true;
}

void RaggedColumn::views(std::span<const std::uint64_t> positions, std::span<Bytes> out) const {
  const BlockStream::Window offsets(offsets_), values(values_);
  if (shapes_ || !offsets || !values) return;
  const std::size_t item = dtype_size(field_.dtype);
  for (std::size_t i = 0; i < positions.size(); ++i) {
    const Ends ends = checked(offsets.numbers<2>(positions[i]), positions[i]);
    out[i] = values.at(ends[0] * item, (ends[1] - ends[0]) * item);
  }
}

ValueRef RaggedColumn::locate(std::uint64_t position) const {
  const Ends ends = checked(offsets_.numbers<2>(position), position);
  const std::size_t item = dtype_size(field_.dtype);
  const std::uint64_t elements = ends[1] - ends[0];
  const std::uint64_t bytes = elements * item;
  return {.shape = any_length_ ? Shape{elements} : shape_of(position, elements, bytes),
          .file = values_.place().file,
          .begin = ends[0] * item,
          .bytes = bytes};
}

Shape RaggedColumn::shape_of(std::uint64_t position, std::uint64_t elements,
                             std::uint64_t bytes) const {
  if (!shapes_) return checked_shape(files_, field_, Shape{elements}, bytes);
  std::array<std::uint64_t, kMaxRank> extents{};
  const std::span<std::uint64_t> row(extents.data(), field_.shape.size());
  shapes_->read(position * row.size_bytes(), std::as_writable_bytes(row));
  return checked_shape(files_, field_, Shape(row), bytes);
}

// The sample that the value byte belongs to: the last one that begins at it or before it. Requires:
// offsets that can be read.
std::uint64_t RaggedColumn::sample_of(std::uint64_t byte) const {
  std::uint64_t low = 0, high = files_.samples();
  while (low + 1 < high) {
    const std::uint64_t middle = low + (high - low) / 2;
    (offset_at(middle) * dtype_size(field_.dtype) <= byte ? low : high) = middle;
  }
  return low;
}

void RaggedColumn::report_values(const BadBlock& bad,
                                 const std::function<void(const Damage&)>& report) const {
  Damage damage{.offset = values_.place().offset + bad.begin, .what = bad.what};
  try {
    damage.first_sample = sample_of(bad.begin);
    damage.last_sample = sample_of(bad.end - 1);
  } catch (const Error&) {
    damage.first_sample.reset();  // the offsets are damaged too, and are reported as such
  }
  report(damage);
}

void RaggedColumn::check(std::uint32_t file,
                         const std::function<void(const Damage&)>& report) const {
  if (file == values_.place().file) {
    values_.check([&](const BadBlock& bad) { report_values(bad, report); });
  } else if (file == offsets_.place().file) {
    check_rows(offsets_, sizeof(std::uint64_t), report);
  } else if (shapes_ && file == shapes_->place().file) {
    check_rows(*shapes_, field_.shape.size() * sizeof(std::uint64_t), report);
  }
}

}  // namespace

std::uint64_t checked_product(const ShardFiles& files, std::uint64_t a, std::uint64_t b) {
  std::uint64_t product = 0;
  if (__builtin_mul_overflow(a, b, &product))
    files.corrupt("the footer's sizes do not fit 64 bits");
  return product;
}

BlockStream::Place rows_place(const ShardFiles& files, const Column& column,
                              std::uint64_t row_bytes) {
  return {column.file, column.data_offset, checked_product(files, files.samples(), row_bytes),
          column.block_bytes, column.name + ".xxh3"};
}

void check_rows(const BlockStream& stream, std::uint64_t row_bytes,
                const std::function<void(const Damage&)>& report) {
  stream.check([&](const BadBlock& bad) {
    report({bad.begin / row_bytes, (bad.end - 1) / row_bytes, stream.place().offset + bad.begin,
            bad.what});
  });
}

std::unique_ptr<ColumnReader> make_rows_column(const ShardFiles& files, const Field& field,
                                               const Column& column, Verify verify) {
  return std::make_unique<RowsColumn>(files, field, column, verify);
}

std::unique_ptr<ColumnReader> make_ragged_column(const ShardFiles& files, const Field& field,
                                                 const Column& column, Verify verify) {
  return std::make_unique<RaggedColumn>(files, field, column, verify);
}

}  // namespace dsprep
