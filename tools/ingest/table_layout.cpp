#include "tools/ingest/table_layout.h"

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>
#include <unordered_set>

#include "dsprep/error.h"
#include "formats/common/text.h"

namespace dsprep {
namespace {

using nlohmann::json;
using Form = ColumnType::Form;

constexpr const char* kUnknown = "<unknown>";

[[noreturn]] void refuse(const std::string& what, const char* remedy) {
  throw Error(ErrorCode::kUsage, "--columns: " + what, {}, remedy);
}

void check_distinct(const TableLayout& layout) {
  std::unordered_set<std::string_view> names;
  for (const TableField& field : layout.fields) {
    if (names.insert(field.name).second) continue;
    refuse("two fields are named '" + field.name + "'", "name them: FIELD=COLUMN");
  }
}

// Columns of '*' that are no numbers become fields of their own.
void settle_rest(TableLayout& layout) {
  std::vector<TableField> more;
  for (TableField& field : layout.fields) {
    if (!field.by_contents) continue;
    std::vector<std::size_t> numbers;
    for (const std::size_t column : field.columns) {
      const TableColumn& about = layout.columns[column];
      if (about.type == ColumnType{}) {
        numbers.push_back(column);
      } else {
        more.push_back({field_of_column(about.name), false, false, about.type->dtype, {column}});
      }
    }
    field.columns = std::move(numbers);
    field.by_contents = false;
  }
  std::erase_if(layout.fields, [](const TableField& field) { return field.columns.empty(); });
  std::ranges::move(more, std::back_inserter(layout.fields));
}

ColumnType type_of_look(std::uint8_t look) {
  if ((look & kSeenText) != 0 || look == (kSeenNumber | kSeenBool))
    return {Form::kText, DType::kUint8};
  return {Form::kNumber, look == kSeenBool ? DType::kBool : DType::kFloat32};
}

std::vector<std::string> categories_of(const WordCounts& words, std::uint64_t min_count) {
  std::vector<std::string> values;
  for (const auto& [word, count] : words.counts()) {
    if (count >= min_count && word != kUnknown) values.push_back(word);
  }
  std::ranges::sort(values);
  values.insert(values.begin(), kUnknown);
  return values;
}

// The dtype that all columns of the field share.
void settle_dtype(TableLayout& layout, TableField& field) {
  std::size_t categories = 0;
  for (const std::size_t column : field.columns)
    categories = std::max(categories, layout.columns[column].categories.size());
  const ColumnType& type = *layout.columns[field.columns.front()].type;
  field.dtype = type.dtype;
  field.one_hot = type.form == Form::kOneHot;
  if (field.one_hot) {
    field.vector = true;
    if (categories < 2)
      refuse("the field '" + field.name + "' has no value in train", "leave it out");
  } else if (categories != 0) {
    field.dtype = categories <= 0x10000 ? DType::kUint16 : DType::kUint32;
  }
}

}  // namespace

TableLayout TableLayout::draft(const std::vector<ColumnItem>& items,
                               const std::vector<std::string>& names,
                               const std::vector<std::string>& taken) {
  TableLayout layout;
  std::unordered_set<std::string_view> used(taken.begin(), taken.end());
  for (const ColumnItem& item : items) {
    for (const std::string& column : item.columns) used.insert(column);
  }
  for (const ColumnItem& item : items) {
    TableField field{.name = item.field, .vector = item.vector, .columns = {}};
    if (field.name.empty())
      field.name = item.rest() ? "features" : field_of_column(item.columns[0]);
    field.by_contents = item.rest() && !item.type;
    const auto add = [&](const std::string& name) {
      field.columns.push_back(layout.columns.size());
      const bool plain = item.vector && !item.rest() && !item.type;
      layout.columns.push_back({name, plain ? ColumnType{} : item.type, item.standard});
    };
    for (const std::string& column : item.columns) add(column);
    if (item.rest()) {
      for (const std::string& name : names) {
        if (!used.contains(name)) add(name);
      }
    }
    if (!field.columns.empty()) layout.fields.push_back(std::move(field));
  }
  check_distinct(layout);
  return layout;
}

bool TableLayout::needs_survey() const noexcept {
  return std::ranges::any_of(columns, [](const TableColumn& column) {
    return !column.type || column.type->fitted();
  });
}

void TableLayout::complete(const std::vector<std::uint8_t>& looks,
                           const std::vector<WordCounts>& words, std::uint64_t min_count) {
  static const WordCounts kNone;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (!columns[i].type) {
      const std::uint8_t look = i < looks.size() ? looks[i] : 0;
      columns[i].type = type_of_look(look);
      columns[i].mixed = (look & kSeenNumber) != 0 && columns[i].type->form == Form::kText;
    }
    if (columns[i].type->form == Form::kOrdinal) columns[i].categories = columns[i].type->order;
    if (columns[i].type->fitted())
      columns[i].categories = categories_of(i < words.size() ? words[i] : kNone, min_count);
  }
  settle_rest(*this);
  for (TableField& field : fields) settle_dtype(*this, field);
  check_distinct(*this);
  if (fields.empty()) refuse("no column is left for a field", "name some");
}

void TableLayout::add_fields(Schema& schema) const {
  for (const TableField& field : fields) {
    const bool text = columns[field.columns.front()].type->form == Form::kText;
    Field out{.name = field.name,
              .dtype = field.dtype,
              .shape = {},
              .encoding = Encoding::kArray,
              .columns = {}};
    if (text) {
      out = {.name = field.name,
             .dtype = DType::kUint8,
             .shape = {-1},
             .encoding = Encoding::kText,
             .columns = {}};
    } else if (field.vector) {
      out.shape = {static_cast<std::int64_t>(width(field))};
      const TableColumn& first = columns[field.columns[0]];
      if (field.one_hot) {
        out.columns.assign(first.categories.begin() + 1, first.categories.end());
      } else {
        for (const std::size_t column : field.columns) out.columns.push_back(columns[column].name);
      }
    }
    schema.fields.push_back(std::move(out));
  }
}

std::string TableLayout::to_json() const {
  json out = json::array();
  for (const TableField& field : fields) {
    json list = json::array();
    for (const std::size_t index : field.columns) {
      const TableColumn& column = columns[index];
      json item = {{"name", column.name}, {"type", column_type_name(*column.type)}};
      if (column.standard) item["default"] = *column.standard;
      if (column.mixed) item["mixed"] = true;
      if (!column.categories.empty()) item["categories"] = column.categories;
      list.push_back(std::move(item));
    }
    out.push_back({{"field", field.name},
                   {"vector", field.vector},
                   {"dtype", dtype_name(field.dtype)},
                   {"columns", std::move(list)}});
    if (field.scaler) out.back()["scaler"] = json::parse(field.scaler->to_json());
  }
  return json{{"fields", std::move(out)}}.dump();
}

TableLayout TableLayout::from_json(std::string_view text) {
  TableLayout layout;
  const json whole = json::parse(text);
  for (const json& in : whole.at("fields")) {
    TableField field{.name = in.at("field"),
                     .vector = in.at("vector"),
                     .dtype = dtype_from_name(in.at("dtype").get<std::string>()).value(),
                     .columns = {}};
    for (const json& item : in.at("columns")) {
      field.columns.push_back(layout.columns.size());
      TableColumn column{.name = item.at("name"),
                         .type = parse_column_type(item.at("type").get<std::string>())};
      column.mixed = item.value("mixed", false);
      if (item.contains("default")) column.standard = item["default"].get<std::string>();
      if (item.contains("categories"))
        column.categories = item["categories"].get<std::vector<std::string>>();
      layout.columns.push_back(std::move(column));
    }
    field.one_hot = layout.columns.back().type->form == Form::kOneHot;
    if (in.contains("scaler")) field.scaler = Scaler::from_json(in["scaler"].dump());
    layout.fields.push_back(std::move(field));
  }
  return layout;
}

TableEncoder::TableEncoder(TableLayout layout, std::vector<std::string> missing)
    : layout_(std::move(layout)), missing_(std::move(missing)), ids_(layout_.columns.size()) {
  for (std::size_t i = 0; i < ids_.size(); ++i) {
    const std::vector<std::string>& values = layout_.columns[i].categories;
    for (std::size_t id = layout_.columns[i].type->fitted() ? 1 : 0; id < values.size(); ++id)
      ids_[i].emplace(values[id], static_cast<std::uint32_t>(id));
  }
}

bool TableEncoder::is_text(const TableField& field) const noexcept {
  return layout_.columns[field.columns.front()].type->form == Form::kText;
}

void TableEncoder::put(const TableField& field, const std::vector<Cell>& cells,
                       std::byte* out) const {
  const std::size_t width = dtype_size(field.dtype);
  std::byte* const first = out;
  if (field.one_hot) return put_one_hot(field.columns[0], cells[field.columns[0]],
                                        layout_.width(field), out);
  for (const std::size_t column : field.columns) {
    put_cell(column, cells[column], field.dtype, out);
    out += width;
  }
  if (!field.scaler) return;
  const auto scale = [&]<class T>(T) {
    std::vector<T> row(field.columns.size());  // `out` is aligned to nothing
    std::memcpy(row.data(), first, row.size() * sizeof(T));
    field.scaler->apply(row.data(), 1, row.data(), 1);
    std::memcpy(first, row.data(), row.size() * sizeof(T));
  };
  field.dtype == DType::kFloat32 ? scale(float{}) : scale(double{});
}

std::uint32_t TableEncoder::id_of(std::size_t column, const Cell& cell) const {
  std::string memory;
  const std::string_view value = text_of(cell, memory);
  const auto found = ids_[column].find(value);
  if (found != ids_[column].end()) return found->second;
  const ColumnType& type = *layout_.columns[column].type;
  if (type.fitted()) return 0;
  throw Error(ErrorCode::kBadRow, "'" + escape_controls(std::string(value)) + "' is not one of " +
                                      column_type_name(type));
}

void TableEncoder::put_one_hot(std::size_t column, const Cell& given, std::size_t width,
                               std::byte* out) const {
  const std::optional<std::string>& standard = layout_.columns[column].standard;
  Cell cell = given;
  if (standard && is_missing(cell, {})) cell = {.kind = Cell::Kind::kText, .text = *standard};
  const std::uint32_t id = is_missing(cell, {}) ? 0 : id_of(column, cell);
  std::vector<float> row(width);
  if (id != 0) row[id - 1] = 1;
  std::memcpy(out, row.data(), width * sizeof(float));
}

void TableEncoder::put_cell(std::size_t column, const Cell& given, DType dtype,
                            std::byte* out) const {
  const TableColumn& about = layout_.columns[column];
  Cell cell = given;
  try {
    const bool named = about.type->form != Form::kNumber;  // categories and orders
    if (is_missing(cell, named ? std::span<const std::string>() : missing_)) {
      if (about.standard) {
        cell = {.kind = Cell::Kind::kText, .text = *about.standard};
      } else if (!named && dtype >= DType::kFloat32) {
        return put_nan(dtype, out);
      } else if (!named) {
        throw Error(ErrorCode::kBadRow, "the value is missing, and " +
                                            std::string(dtype_name(dtype)) +
                                            " has no NaN; give a default: COLUMN:TYPE?DEFAULT");
      }
    }
    if (!named) return put_number(cell, dtype, out);
    const std::uint32_t id = id_of(column, cell);
    std::memcpy(out, &id, dtype_size(dtype));  // little-endian
  } catch (const Error& error) {
    throw Error(error.code(), "column '" + escape_controls(about.name) + "': " + error.message());
  }
}

}  // namespace dsprep
