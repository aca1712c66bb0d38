#include "tools/ingest/table_rows.h"

#include <simdjson.h>

#include <algorithm>
#include <unordered_map>

#include "dsprep/error.h"
#include "formats/common/bytes.h"
#include "formats/common/text.h"
#include "tools/ingest/csv_row.h"
#include "tools/ingest/listing.h"
#include "tools/ingest/npy_table.h"
#include "tools/ingest/record_range.h"
#include "tools/ingest/text_document.h"

namespace dsprep {
namespace {

namespace dom = simdjson::dom;

[[noreturn]] void refuse(const std::string& what) { throw Error(ErrorCode::kBadRow, what); }

using Places = std::unordered_map<std::string_view, std::size_t>;

Places places_of(const std::vector<std::string>& names) {
  Places places;
  for (std::size_t i = 0; i < names.size(); ++i) places.emplace(names[i], i);
  return places;
}

std::size_t place_of(const Places& places, const std::string& name,
                     const std::vector<std::string>& names, const InputFile& file) {
  if (const auto found = places.find(name); found != places.end()) return found->second;
  constexpr std::size_t kShown = 20;
  std::string all;
  for (std::size_t i = 0; i < std::min(names.size(), kShown); ++i)
    all += (i == 0 ? "" : ", ") + escape_controls(names[i]);
  if (names.size() > kShown) all += ", …";
  throw Error(ErrorCode::kBadRow,
              "there is no column '" + escape_controls(name) + "'; there are " + all,
              {.file = file.path().string()}, "name the columns with --columns, --label-field, …");
}

void check_names(const std::vector<std::string>& names, const InputFile& file) {
  if (places_of(names).size() == names.size()) return;
  std::unordered_map<std::string_view, std::size_t> seen;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto [at, first] = seen.emplace(names[i], i);
    if (first) continue;
    throw Error(ErrorCode::kBadRow,
                "columns " + std::to_string(at->second + 1) + " and " + std::to_string(i + 1) +
                    " are both named '" + escape_controls(names[i]) + "'",
                {.file = file.path().string()}, "rename one");
  }
}

// Lines or quoted rows, without those that have no character.
class Records {
 public:
  Records(const InputFile& file, const Segment& segment, RecordRule rule, bool in_quotes)
      : records_(file, segment.begin, std::min(segment.end, file.size()), rule, in_quotes),
        first_(segment.begin == 0) {}

  bool next(std::string_view& raw) {
    while (records_.next(raw)) {
      if (std::exchange(first_, false)) raw = without_byte_order_mark(raw);
      if (!raw.empty()) return true;
      ++blank_;
    }
    return false;
  }
  const RecordRange& range() const noexcept { return records_; }
  std::uint64_t blank() const noexcept { return blank_; }

 private:
  RecordRange records_;
  bool first_;
  std::uint64_t blank_ = 0;
};

char delimiter_of(const TableFormat& format, const InputFile& file) {
  if (format.delimiter != 0) return format.delimiter;
  return extension_of(file.path().filename().string()) == "tsv" ? '\t' : ',';
}

std::vector<std::string> csv_columns(const TableFormat& format, const InputFile& file) {
  Records head(file, {.end = std::min<std::uint64_t>(file.size(), 1)}, RecordRule::kQuoted, false);
  std::string_view row;
  std::vector<std::string> names;
  if (!head.next(row)) return names;
  std::vector<std::string_view> fields;
  std::string memory;
  require_utf8(row);
  split_csv_row(row, delimiter_of(format, file), fields);
  for (std::size_t i = 0; i < fields.size(); ++i)
    names.emplace_back(format.header ? csv_text(fields[i], memory) : std::to_string(i));
  check_names(names, file);
  return names;
}

class CsvRows final : public TableRows {
 public:
  CsvRows(const TableFormat& format, const InputFile& file, const Segment& segment, bool in_quotes,
          const std::vector<std::string>& wanted)
      : records_(file, segment, RecordRule::kQuoted, in_quotes),
        delimiter_(delimiter_of(format, file)) {
    const std::vector<std::string> names = csv_columns(format, file);
    columns_ = names.size();
    if (names.empty()) return;
    const Places places = places_of(names);
    for (const std::string& name : wanted) places_.push_back(place_of(places, name, names, file));
    memory_.resize(wanted.size());
    std::string_view head;
    if (format.header && segment.begin == 0) (void)records_.next(head);
  }

  bool next(std::string_view& raw) override {
    if (!records_.next(raw)) return false;
    raw_ = raw;
    return true;
  }

  void parse(std::vector<Cell>& cells) override {
    require_utf8(raw_);
    if (raw_.find('\0') != raw_.npos) refuse("the row holds a byte of value 0");
    split_csv_row(raw_, delimiter_, fields_);
    if (fields_.size() != columns_) {
      refuse("the row has " + std::to_string(fields_.size()) + " columns, and the first row has " +
             std::to_string(columns_));
    }
    cells.resize(places_.size());
    for (std::size_t i = 0; i < places_.size(); ++i)
      cells[i] = {.kind = Cell::Kind::kText, .text = csv_text(fields_[places_[i]], memory_[i])};
  }

  std::uint64_t line() const noexcept override { return records_.range().line(); }
  std::uint64_t lines() const noexcept override { return records_.range().lines(); }
  std::uint64_t blank() const noexcept override { return records_.blank(); }

 private:
  Records records_;
  char delimiter_;
  std::size_t columns_ = 0;
  std::vector<std::size_t> places_;
  std::string_view raw_;
  std::vector<std::string_view> fields_;
  std::vector<std::string> memory_;
};

dom::object object_of(dom::parser& parser, std::string_view raw) {
  dom::element row;
  // The padding that simdjson wants stands behind `raw`, so nothing is copied.
  const simdjson::error_code error = parser.parse(raw.data(), raw.size(), false).get(row);
  if (error == simdjson::MEMALLOC) throw std::bad_alloc();
  if (error == simdjson::UTF8_ERROR) require_utf8(raw);
  if (error != simdjson::SUCCESS)
    refuse(std::string("the line is not JSON: ") + simdjson::error_message(error));
  dom::object object;
  if (row.get(object) != simdjson::SUCCESS) refuse("the line is not a JSON object");
  return object;
}

std::vector<std::string> json_columns(const InputFile& file) {
  Records lines(file, {.end = std::min<std::uint64_t>(file.size(), 1)}, RecordRule::kLine, false);
  std::string_view line;
  std::vector<std::string> names;
  if (!lines.next(line)) return names;
  dom::parser parser;
  for (const auto& [name, value] : object_of(parser, line)) names.emplace_back(name);
  check_names(names, file);
  return names;
}

class JsonRows final : public TableRows {
 public:
  JsonRows(const InputFile& file, const Segment& segment, const std::vector<std::string>& wanted,
           bool others_known)
      : records_(file, segment, RecordRule::kLine, false),
        wanted_(wanted),
        places_(places_of(wanted_)),
        others_known_(others_known) {}

  bool next(std::string_view& raw) override {
    if (!records_.next(raw)) return false;
    raw_ = raw;
    return true;
  }

  void parse(std::vector<Cell>& cells) override {
    cells.assign(wanted_.size(), Cell{});
    for (const auto& [name, value] : object_of(parser_, raw_)) {
      const auto found = places_.find(name);
      if (found != places_.end()) {
        cells[found->second] = cell_of(name, value);
      } else if (others_known_) {
        refuse("the member '" + std::string(name) +
               "' is not in the first row; say with --columns which are wanted");
      }
    }
    for (std::size_t i = 0; i < cells.size(); ++i) cells[i] = cells[places_.at(wanted_[i])];
  }

  std::uint64_t line() const noexcept override { return records_.range().line(); }
  std::uint64_t lines() const noexcept override { return records_.range().lines(); }
  std::uint64_t blank() const noexcept override { return records_.blank(); }

 private:
  static Cell cell_of(std::string_view name, const dom::element& value) {
    Cell cell;
    switch (value.type()) {
      case dom::element_type::NULL_VALUE:
        return cell;
      case dom::element_type::STRING:
        return {.kind = Cell::Kind::kText, .text = value.get_string().value_unsafe()};
      case dom::element_type::BOOL:
        return {.kind = Cell::Kind::kBool, .text = {}, .integer = value.get_bool().value_unsafe()};
      case dom::element_type::INT64:
        return {
            .kind = Cell::Kind::kInteger, .text = {}, .integer = value.get_int64().value_unsafe()};
      case dom::element_type::UINT64:
        cell.kind = Cell::Kind::kUnsigned;
        cell.whole = value.get_uint64().value_unsafe();
        return cell;
      case dom::element_type::DOUBLE:
        cell.kind = Cell::Kind::kReal;
        cell.real = value.get_double().value_unsafe();
        return cell;
      default:
        refuse("the member '" + std::string(name) + "' is a list or an object");
    }
  }

  Records records_;
  std::vector<std::string> wanted_;
  Places places_;
  bool others_known_;
  std::string_view raw_;
  dom::parser parser_;
};

class NpyRows final : public TableRows {
 public:
  NpyRows(const InputFile& file, const Segment& segment, const std::vector<std::string>& wanted)
      : table_(read_npy_table(file)) {
    std::vector<std::string> names;
    for (const NpyTable::Column& column : table_.columns) names.push_back(column.name);
    const Places places = places_of(names);
    for (const std::string& name : wanted) places_.push_back(place_of(places, name, names, file));
    next_ = row_at(segment.begin);
    end_ = row_at(std::min(segment.end, file.size()));
    memory_.resize((end_ - next_) * table_.row_bytes);
    file.read_at(table_.data_offset + next_ * table_.row_bytes, memory_);
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

  Cell cell_of(const NpyTable::Column& column) const {
    switch (column.dtype) {
      case DType::kBool:
        return {.kind = Cell::Kind::kBool,
                .text = {},
                .integer = get<std::uint8_t>(raw_, column.offset) != 0};
      case DType::kUint8:
        return whole(get<std::uint8_t>(raw_, column.offset));
      case DType::kInt8:
        return integer(get<std::int8_t>(raw_, column.offset));
      case DType::kUint16:
        return whole(get<std::uint16_t>(raw_, column.offset));
      case DType::kInt16:
        return integer(get<std::int16_t>(raw_, column.offset));
      case DType::kUint32:
        return whole(get<std::uint32_t>(raw_, column.offset));
      case DType::kInt32:
        return integer(get<std::int32_t>(raw_, column.offset));
      case DType::kUint64:
        return whole(get<std::uint64_t>(raw_, column.offset));
      case DType::kInt64:
        return integer(get<std::int64_t>(raw_, column.offset));
      case DType::kFloat32:
        return real(static_cast<double>(get<float>(raw_, column.offset)));
      case DType::kFloat64:
        return real(get<double>(raw_, column.offset));
      case DType::kFloat16:
        break;
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

TableForm table_form(std::string_view key) {
  const std::string ending = extension_of(key);
  if (ending == "jsonl" || ending == "ndjson") return TableForm::kJsonl;
  return ending == "npy" ? TableForm::kNpy : TableForm::kCsv;
}

std::vector<std::string> columns_of_table(const TableFormat& format, const InputFile& file) {
  std::vector<std::string> names;
  switch (table_form(file.path().filename().string())) {
    case TableForm::kCsv:
      names = csv_columns(format, file);
      break;
    case TableForm::kJsonl:
      names = json_columns(file);
      break;
    case TableForm::kNpy:
      for (const NpyTable::Column& column : read_npy_table(file).columns)
        names.push_back(column.name);
  }
  if (names.empty()) {
    throw Error(ErrorCode::kEmptyFile, "holds no row that names columns",
                {.file = file.path().string()}, "leave it out");
  }
  return names;
}

std::unique_ptr<TableRows> open_table_rows(const TableFormat& format, const InputFile& file,
                                           const Segment& segment, bool in_quotes,
                                           const std::vector<std::string>& wanted,
                                           bool others_known) {
  switch (table_form(file.path().filename().string())) {
    case TableForm::kCsv:
      return std::make_unique<CsvRows>(format, file, segment, in_quotes, wanted);
    case TableForm::kJsonl:
      return std::make_unique<JsonRows>(file, segment, wanted, others_known);
    case TableForm::kNpy:
      return std::make_unique<NpyRows>(file, segment, wanted);
  }
  return nullptr;
}

}  // namespace dsprep
