#include "tools/ingest/table_draft.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "formats/common/text.h"
#include "tools/ingest/kind.h"
#include "tools/ingest/planner.h"
#include "tools/ingest/row_columns.h"

namespace dsprep {
using nlohmann::json;

std::string table_options_json(const BuildOptions& options) {
  const TableOptions& table = options.table;
  json out = {{"columns", table.columns}, {"missing", table.missing}};
  if (!table.format.header) out["no_header"] = true;
  if (table.format.delimiter != 0) out["delimiter"] = std::string(1, table.format.delimiter);
  if (!table.scale.empty()) out["scale"] = table.scale;
  if (table.min_count != 1) out["min_count"] = table.min_count;
  if (!options.text.label_field.empty()) out["label_field"] = options.text.label_field;
  if (!table.series.empty()) out["series"] = table.series;
  if (!table.time.empty()) out["time"] = table.time;
  if (table.windows.length != 0) {
    out["window"] = table.windows.length;
    out["stride"] = table.windows.stride;
    out["tail"] = tail_text(table.windows);
    if (table.horizon != 0) {
      out["horizon"] = table.horizon;
      out["target"] = table.targets;
    }
  }
  return out.dump();
}

std::string table_canary() {
  std::vector<std::byte> bytes;
  for (const char* text :
       {"0.1", "1e-45", "3.4028235e38", "16777217", "-2.2250738585072014e-308"}) {
    const Cell cell{.kind = Cell::Kind::kText, .text = text};
    bytes.resize(bytes.size() + 12);
    put_number(cell, DType::kFloat32, &bytes[bytes.size() - 12]);
    put_number(cell, DType::kFloat64, &bytes[bytes.size() - 8]);
  }
  return json{{"table", to_hex(xxh3_128(bytes))}}.dump();
}

namespace {

// A member of jsonl may be missing anywhere but in the first row, so that a name that is mistyped
// does not become a column of nothing.
void check_named(const std::vector<std::string>& wanted, const std::vector<std::string>& names,
                 const InputFile& file) {
  const bool json = table_form(file.path().filename().string()) == TableForm::kJsonl;
  const Places places = places_of(names);
  for (const std::string& name : wanted) {
    if (json && !places.contains(name)) {
      throw Error(ErrorCode::kBadRow, "the first row has no member '" + escape_controls(name) + "'",
                  {.file = file.path().string()}, "write it there, as null where it is missing");
    }
    (void)place_of(places, name, names, file);
  }
}

// '*' takes every column, and each needs a name.
void check_all_named(const std::vector<std::string>& names, const InputFile& file) {
  const auto unnamed = std::ranges::find(names, "");
  if (unnamed == names.end()) return;
  throw Error(ErrorCode::kBadRow,
              "column " + std::to_string(unnamed - names.begin() + 1) + " has no name",
              {.file = file.path().string()},
              "name it in the first row, or say with --columns which are wanted");
}

std::vector<std::string> named_columns(const std::vector<ColumnItem>& items,
                                       const BuildOptions& options,
                                       std::vector<std::string> taken) {
  for (const ColumnItem& item : items)
    taken.insert(taken.end(), item.columns.begin(), item.columns.end());
  const std::vector<std::string>& targets = options.table.targets;
  taken.insert(taken.end(), targets.begin(), targets.end());
  return taken;
}

}  // namespace

TableLayout draft_layout(const Plan& plan, const BuildOptions& options,
                         const std::vector<std::string>& taken) {
  const std::vector<ColumnItem> items = parse_columns(options.table.columns);
  std::vector<std::string> names;
  for (const Entry& entry : plan.entries) {
    if (entry.bytes == 0) continue;
    const InputFile file(plan.path_of(entry));
    names = columns_of_table(options.table.format, file);
    check_named(named_columns(items, options, taken), names, file);
    if (std::ranges::any_of(items, &ColumnItem::rest)) check_all_named(names, file);
    break;
  }
  if (names.empty() && !plan.entries.empty()) {
    throw Error(ErrorCode::kEmptyFile, "holds no row", {.file = plan.path_of(plan.entries.front())},
                "name a table");
  }
  return TableLayout::draft(items, names, taken);
}

std::vector<std::string> wanted_columns(const TableLayout& layout,
                                        const std::vector<std::string>& more) {
  std::vector<std::string> names;
  for (const TableColumn& column : layout.columns) names.push_back(column.name);
  names.insert(names.end(), more.begin(), more.end());
  return names;
}

bool takes_all_columns(const BuildOptions& options) {
  return std::ranges::any_of(parse_columns(options.table.columns), &ColumnItem::rest);
}

void survey_table_row(const TableRow& row, const TableLayout& draft, const BuildOptions& options,
                      const TableRules& rules, SurveyCounts& counts,
                      const std::function<std::uint32_t()>& split_of, const Plan& plan) {
  const Document& document = row.document;
  if (const auto* name = std::get_if<std::string_view>(&document.label))
    counts.labels.emplace(*name);
  counts.number_labels =
      counts.number_labels || std::holds_alternative<std::int64_t>(document.label);
  if (rules.by_column()) ++counts.splits[document.split];
  counts.looks.resize(draft.columns.size());
  counts.categories.resize(draft.columns.size());
  std::optional<bool> train;
  std::string memory;
  for (std::size_t i = 0; i < draft.columns.size(); ++i) {
    const auto& type = draft.columns[i].type;
    if (!type) counts.looks[i] |= look_of(row.cells[i], options.table.missing);
    if (!type || !type->fitted() || is_missing(row.cells[i], {})) continue;
    if (!train) train = (rules.by_column() ? document.split : plan.splits[split_of()]) == "train";
    if (*train) counts.categories[i].add(text_of(row.cells[i], memory), 1);
  }
}

std::uint32_t split_of_series(const Plan& plan, const Entry& entry, const TableRow& row,
                              const BuildOptions& options, const TableRules& rules) {
  const bool ratios = options.split.kind() == SplitRule::Kind::kRatios;
  if (!ratios || !row.document.group.empty()) return rules.split_of(plan, entry, row);
  const std::string name = row.series.empty() ? entry.key : row.series;
  return options.split.share_of(as_bytes(name));
}

void complete_labels_and_splits(Plan& plan, const SurveyCounts& counts, const BuildOptions& options,
                                const TableRules& rules) {
  if (!counts.labels.empty() && counts.number_labels) {
    throw Error(ErrorCode::kBadRow,
                "some labels in '" + options.text.label_field +
                    "' are texts and some are integers; one text is '" +
                    escape_controls(*counts.labels.begin()) + "'",
                {}, "make them all of one type");
  }
  if (rules.by_column()) complete_splits(plan, counts.splits, rules.split_column());
  if (!counts.labels.empty()) plan.classes.assign(counts.labels.begin(), counts.labels.end());
}

bool has_labels(const Plan& plan, const TableRules& rules) {
  return rules.labels() || has_entry_labels(plan);
}

std::string_view copy_text(const std::string& text, Arena& arena) {
  const Bytes bytes = arena.copy(as_bytes(text));
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace dsprep
