#include "tools/ingest/table_rules.h"

#include <charconv>

#include "dsprep/error.h"
#include "formats/common/text.h"

namespace dsprep {
namespace {

[[noreturn]] void refuse(const std::string& column, const std::string& what) {
  throw Error(ErrorCode::kBadRow, "column '" + escape_controls(column) + "': " + what);
}

// Without types, what reads as an integer is one.
Label label_from(const Cell& cell, const std::string& column, std::string& memory) {
  if (cell.kind == Cell::Kind::kInteger) return cell.integer;
  if (is_missing(cell, {})) refuse(column, "the label is missing");
  if (cell.kind == Cell::Kind::kReal || cell.kind == Cell::Kind::kUnsigned)
    refuse(column, "'" + std::string(text_of(cell, memory)) +
                       "' is neither a text nor an integer of 64 bits; numbers to predict go to a "
                       "field with --columns");
  memory = text_of(cell, memory);
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(memory.data(), memory.data() + memory.size(), number);
  if (cell.kind == Cell::Kind::kText && error == std::errc() &&
      end == memory.data() + memory.size())
    return number;
  return std::string_view(memory);
}

}  // namespace

TableRules::TableRules(const BuildOptions& options)
    : rules_(options), split_(options.split), missing_(options.table.missing) {
  label_ = add(options.text.label_field);
  split_place_ = add(rules_.fields().split);
  group_ = add(rules_.fields().group);
  series_ = add(options.table.series);
  time_ = add(by_time() ? split_.column() : options.table.time);
}

std::optional<std::size_t> TableRules::add(const std::string& column) {
  if (column.empty()) return std::nullopt;
  columns_.push_back(column);
  return columns_.size() - 1;
}

void TableRules::read(std::size_t layout_columns, TableRow& row) const {
  row.document = {};
  if (label_) row.document.label = label_from(cell(row, *label_), columns_[*label_], row.label);
  if (split_place_) {
    if (is_missing(cell(row, *split_place_), {}))
      refuse(columns_[*split_place_], "the split is missing");
    const std::string_view name = text_of(cell(row, *split_place_), row.split);
    row.document.split = split_from_folder(name).value_or(std::string(name));
  }
  if (group_) {
    row.group = text_of(cell(row, *group_), row.group);
    row.document.group = row.group;
  }
  row.series.clear();
  if (series_) {
    if (is_missing(cell(row, *series_), {})) refuse(columns_[*series_], "the series is missing");
    row.series = text_of(cell(row, *series_), row.series);
  }
  row.identity.clear();
  if (split_.kind() != SplitRule::Kind::kRatios) return;
  for (std::size_t i = 0; i < layout_columns; ++i)
    append_identity(row.cells[i], missing_, row.identity);
  row.document.text = row.identity;
}

std::optional<TimeValue> TableRules::time(const TableRow& row) const {
  if (!time_) return std::nullopt;
  try {
    return time_of(cell(row, *time_));
  } catch (const Error& error) {
    refuse(columns_[*time_], error.message());
  }
}

std::uint32_t TableRules::split_of(const Plan& plan, const Entry& entry,
                                   const TableRow& row) const {
  if (!by_time()) return rules_.split_of(plan, entry, row.document);
  try {
    return split_.share_of(*time(row));
  } catch (const Error& error) {
    if (error.message().starts_with("column ")) throw;
    refuse(columns_[*time_], error.message());
  }
}

}  // namespace dsprep
