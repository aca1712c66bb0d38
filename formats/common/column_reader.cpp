#include "formats/common/column_reader.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "formats/common/block_columns.h"
#include "formats/common/block_stream.h"
#include "formats/common/verified.h"

namespace dsprep {
namespace {

// Values in the footer itself. The section's checksum has been compared when the values are there.
class InlineColumn final : public ColumnReader {
 public:
  InlineColumn(const ShardFiles& files, const Field& field)
      : files_(files),
        section_(field.name + ".values"),
        row_bytes_(field.row_bytes()),
        shape_(fixed_shape(field)) {}

  ValueRef locate(std::uint64_t position) const override {
    const auto footer = static_cast<std::uint32_t>(files_.size() - 1);
    return {.shape = shape_, .file = footer, .begin = position * row_bytes_, .bytes = row_bytes_};
  }

  void read(std::uint64_t, const ValueRef& ref, std::span<std::byte> out) const override {
    if (!out.empty()) std::memcpy(out.data(), values().data() + ref.begin, out.size());
  }

  void views(std::span<const std::uint64_t> positions, std::span<Bytes> out) const override {
    const Bytes values = this->values();
    for (std::size_t i = 0; i < positions.size(); ++i)
      out[i] = values.subspan(positions[i] * row_bytes_, row_bytes_);
  }

  Extent extent(std::uint64_t position) const override {
    const std::vector<std::byte>& values = this->values();  // throws where the section is missing
    const SectionRef& section =
        *std::ranges::find(files_.header().sections, section_, &SectionRef::name);
    return {.field = {},
            .file = files_.footer_file().path().filename().string(),
            .offset = files_.footer().body_bytes() + section.offset + position * row_bytes_,
            .length = row_bytes_,
            .checksum = xxh3_64_from_128(section.hash, values)};
  }

  void check(std::uint32_t, const std::function<void(const Damage&)>&) const override {}

 private:
  const std::vector<std::byte>& values() const {
    return values_.get([this] {
      std::vector<std::byte> bytes = files_.footer().section_bytes(files_.footer_file(), section_);
      if (row_bytes_ == 0 || bytes.size() / row_bytes_ != files_.samples() ||
          bytes.size() % row_bytes_ != 0) {
        files_.corrupt("the index section '" + section_ +
                       "' does not have a value for each sample");
      }
      return bytes;
    });
  }

  const ShardFiles& files_;
  std::string section_;
  std::uint64_t row_bytes_;
  Shape shape_;
  Lazy<std::vector<std::byte>> values_;
};

// Values anywhere in a file, each with its own checksum.
class RangesColumn final : public ColumnReader {
 public:
  RangesColumn(const ShardFiles& files, const Field& field, const Column& column, Verify verify)
      : files_(files), field_(field), file_(column.file), verify_(verify) {}

  ValueRef locate(std::uint64_t position) const override {
    const Index& index = this->index();
    const std::uint64_t begin = index.offset[position], bytes = index.length[position];
    const std::uint64_t body = files_.body_bytes(file_);
    if (begin > body || bytes > body - begin)
      files_.corrupt(file_, begin, "the index puts the value outside its file");
    return {
        .shape = shape_of(index, position, bytes), .file = file_, .begin = begin, .bytes = bytes};
  }

  bool shapes(std::span<const std::uint64_t> positions, std::span<Shape> out) const override {
    const Index& index = this->index();
    for (const std::uint64_t position : positions) {
      __builtin_prefetch(&index.offset[position]);
      __builtin_prefetch(&index.length[position]);
    }
    for (std::size_t i = 0; i < positions.size(); ++i) out[i] = locate(positions[i]).shape;
    return true;
  }

  void views(std::span<const std::uint64_t> positions, std::span<Bytes> out) const override {
    for (std::size_t i = 0; i < positions.size(); ++i) {
      const ValueRef ref = locate(positions[i]);
      const Bytes file = files_.mapped(file_, ref.bytes);
      if (file.empty() || ref.bytes == 0) continue;
      out[i] = file.subspan(ref.begin, ref.bytes);
      verify(positions[i], ref, out[i]);
    }
  }

  void read(std::uint64_t position, const ValueRef& ref, std::span<std::byte> out) const override {
    files_.load(file_, ref.begin, out);
    verify(position, ref, out);
  }

  Bytes view(std::uint64_t position, const ValueRef& ref,
             std::vector<std::byte>& scratch) const override {
    const Bytes file = files_.mapped(file_, ref.bytes);
    if (file.empty()) return ColumnReader::view(position, ref, scratch);
    const Bytes bytes = file.subspan(ref.begin, ref.bytes);
    verify(position, ref, bytes);
    return bytes;
  }

  void will_read(const ValueRef& ref) const override {
    files_.will_read(file_, ref.begin, ref.bytes);
  }

  Extent extent(std::uint64_t position) const override {
    const ValueRef ref = locate(position);
    return {.field = {},
            .file = files_.path(file_).filename().string(),
            .offset = ref.begin,
            .length = ref.bytes,
            .checksum = index().checksum[position]};
  }

  void check(std::uint32_t file, const std::function<void(const Damage&)>& report) const override {
    if (file != file_) return;
    std::vector<std::byte> bytes;
    for (std::uint64_t position = 0; position < files_.samples(); ++position) {
      const ValueRef ref = locate(position);
      bytes.resize(ref.bytes);
      files_.file(file_).read_at(ref.begin, bytes);
      const std::uint64_t expected = index().checksum[position], got = xxh3_64(bytes);
      if (got != expected) report({position, position, ref.begin, checksum_differs(expected, got)});
    }
  }

 private:
  struct Index {
    std::vector<std::uint64_t> offset, length, checksum, shapes;
    VerifiedBits verified;
  };

  void verify(std::uint64_t position, const ValueRef& ref, Bytes bytes) const {
    if (verify_ == Verify::kNever) return;
    const Index& index = this->index();
    if (verify_ == Verify::kFirst && index.verified.has(position)) return;
    const std::uint64_t expected = index.checksum[position], got = xxh3_64(bytes);
    if (got != expected) files_.corrupt(file_, ref.begin, checksum_differs(expected, got));
    index.verified.add(position);
  }

  const Index& index() const {
    return index_.get([this] {
      const std::uint64_t samples = files_.samples();
      const auto numbers = [this](const char* part, std::uint64_t count) {
        return files_.section<std::uint64_t>(field_.name + part, count);
      };
      Index index{numbers(".offset", samples),
                  numbers(".length", samples),
                  numbers(".xxh3", samples),
                  {},
                  VerifiedBits(samples)};
      if (shaped()) index.shapes = numbers(".shapes", samples * field_.shape.size());
      return index;
    });
  }

  bool shaped() const noexcept { return field_.ragged() && field_.shape.size() > 1; }

  Shape shape_of(const Index& index, std::uint64_t position, std::uint64_t bytes) const {
    const std::size_t rank = field_.shape.size();
    if (shaped())
      return checked_shape(files_, field_,
                           Shape(std::span(index.shapes).subspan(position * rank, rank)), bytes);
    if (field_.ragged())
      return checked_shape(files_, field_, Shape{bytes / dtype_size(field_.dtype)}, bytes);
    return checked_shape(files_, field_, fixed_shape(field_), bytes);
  }

  const ShardFiles& files_;
  const Field& field_;
  std::uint32_t file_;
  Verify verify_;
  Lazy<Index> index_;
};

}  // namespace

Shape fixed_shape(const Field& field) {
  const std::vector<std::uint64_t> extents(field.shape.begin(), field.shape.end());
  return Shape(extents);
}

Shape checked_shape(const ShardFiles& files, const Field& field, const Shape& shape,
                    std::uint64_t bytes) {
  std::uint64_t expected = 0;
  const bool fits = !__builtin_mul_overflow(shape.elements(), dtype_size(field.dtype), &expected) &&
                    expected == bytes;
  if (!fits || !field.accepts(shape))
    files.corrupt("the index gives a shape that does not fit the value's bytes or its field");
  return shape;
}

std::unique_ptr<ColumnReader> make_column_reader(const ShardFiles& files, const Field& field,
                                                 const Column& column, Verify verify) {
  const bool fixed = column.layout == Layout::kInline || column.layout == Layout::kRows;
  if (fixed && (field.ragged() || column.row_bytes != field.row_bytes())) {
    files.corrupt("the column '" + field.name + "' has rows of another size than the schema");
  }
  switch (column.layout) {
    case Layout::kInline:
      return std::make_unique<InlineColumn>(files, field);
    case Layout::kRanges:
      return std::make_unique<RangesColumn>(files, field, column, verify);
    case Layout::kRows:
      return make_rows_column(files, field, column, verify);
    case Layout::kRagged:
      return make_ragged_column(files, field, column, verify);
  }
  files.corrupt("a column of unknown layout");
}

}  // namespace dsprep
