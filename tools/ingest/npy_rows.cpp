// Rows of npy: two axes, or a structured array.
#include <algorithm>
#include <array>
#include <bit>

#include "lib/stats/number_layout.h"
#include "tools/ingest/npy_table.h"
#include "tools/ingest/row_columns.h"

namespace dsprep {
namespace {

class NpyRows final : public TableRows {
 public:
  NpyRows(const InputFile& file, const Segment& segment, const std::vector<std::string>& wanted,
          bool others_known)
      : table_(read_npy_table(file)) {
    std::vector<std::string> names;
    for (const NpyTable::Column& column : table_.columns) names.push_back(column.name);
    const Places places = places_of(names);
    for (const std::string& name : wanted) places_.push_back(place_of(places, name, names, file));
    if (others_known) check_all_wanted(names, wanted, file);
    next_ = row_at(segment.begin);
    end_ = row_at(std::min(segment.end, file.size()));
    memory_ = read_npy_rows(file, table_, next_, end_);
    first_ = next_;
  }

  bool next(std::string_view& raw) override {
    if (next_ == end_) return false;
    row_ = next_++;
    const std::byte* const begin = memory_.data() + (row_ - first_) * table_.row_bytes;
    raw_ = Bytes(begin, table_.row_bytes);
    raw = {reinterpret_cast<const char*>(begin), table_.row_bytes};
    return true;
  }

  void parse(std::vector<Cell>& cells) override {
    cells.resize(places_.size());
    for (std::size_t i = 0; i < places_.size(); ++i) cells[i] = cell_of(table_.columns[places_[i]]);
  }

  std::uint64_t line() const noexcept override { return 0; }
  std::uint64_t lines() const noexcept override { return 0; }
  std::uint64_t row() const noexcept override { return row_; }

 private:
  // The first row that begins at `offset` of the file or behind it.
  std::uint64_t row_at(std::uint64_t offset) const {
    if (offset <= table_.data_offset || table_.row_bytes == 0) return 0;
    const std::uint64_t in = offset - table_.data_offset;
    return std::min(table_.rows, in / table_.row_bytes + (in % table_.row_bytes != 0));
  }

  static Cell real(double value) {
    Cell cell;
    cell.kind = Cell::Kind::kReal;
    cell.real = value;
    return cell;
  }
  static Cell integer(std::int64_t value) {
    return {.kind = Cell::Kind::kInteger, .text = {}, .integer = value};
  }
  static Cell whole(std::uint64_t value) {
    Cell cell = integer(static_cast<std::int64_t>(value));
    if (value >> 63 != 0) cell.kind = Cell::Kind::kUnsigned;
    cell.whole = value;
    return cell;
  }

  template <class T>
  T load(const NpyTable::Column& column) const {
    std::array<std::byte, sizeof(T)> bytes;
    std::ranges::copy(raw_.subspan(column.offset, sizeof(T)), bytes.begin());
    if (column.big) std::ranges::reverse(bytes);
    return std::bit_cast<T>(bytes);
  }

  Cell cell_of(const NpyTable::Column& column) const {
    switch (column.dtype) {
      case DType::kBool:
        return {.kind = Cell::Kind::kBool,
                .text = {},
                .integer = load<std::uint8_t>(column) != 0};
      case DType::kUint8:
        return whole(load<std::uint8_t>(column));
      case DType::kInt8:
        return integer(load<std::int8_t>(column));
      case DType::kUint16:
        return whole(load<std::uint16_t>(column));
      case DType::kInt16:
        return integer(load<std::int16_t>(column));
      case DType::kUint32:
        return whole(load<std::uint32_t>(column));
      case DType::kInt32:
        return integer(load<std::int32_t>(column));
      case DType::kUint64:
        return whole(load<std::uint64_t>(column));
      case DType::kInt64:
        return integer(load<std::int64_t>(column));
      case DType::kFloat32:
        return real(static_cast<double>(load<float>(column)));
      case DType::kFloat64:
        return real(load<double>(column));
      case DType::kFloat16:
        return real(Layout<std::uint16_t, true, 10>::number(load<std::uint16_t>(column)));
    }
    return {};
  }

  NpyTable table_;
  std::vector<std::size_t> places_;
  std::vector<std::byte> memory_;
  Bytes raw_;
  std::uint64_t first_ = 0, next_ = 0, end_ = 0, row_ = 0;
};

}  // namespace

std::vector<std::string> npy_columns(const InputFile& file) {
  std::vector<std::string> names;
  for (const NpyTable::Column& column : read_npy_table(file).columns)
    names.push_back(column.name);
  return names;
}

std::unique_ptr<TableRows> open_npy_rows(const InputFile& file, const Segment& segment,
                                         const std::vector<std::string>& wanted,
                                         bool others_known) {
  return std::make_unique<NpyRows>(file, segment, wanted, others_known);
}

}  // namespace dsprep
