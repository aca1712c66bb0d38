#include "tools/ingest/table_rows.h"

#include <utility>

#include "dsprep/error.h"
#include "formats/common/text.h"
#include "tools/ingest/csv_row.h"
#include "tools/ingest/listing.h"
#include "tools/ingest/row_columns.h"

namespace dsprep {

void refuse_row(const std::string& what) { throw Error(ErrorCode::kBadRow, what); }

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

void check_all_wanted(const std::vector<std::string>& names, const std::vector<std::string>& wanted,
                      const InputFile& file) {
  const Places known = places_of(wanted);
  for (const std::string& name : names) {
    if (known.contains(name)) continue;
    throw Error(ErrorCode::kBadRow,
                "the column '" + escape_controls(name) + "' is not in the first file",
                {.file = file.path().string()}, "say with --columns which are wanted");
  }
}

std::vector<std::string> names_in_first_row(
    const InputFile& file, RecordRule rule,
    const std::function<std::vector<std::string>(std::string_view)>& read) {
  constexpr std::uint64_t kBlankLines = 64 << 10;  // that may stand before it, in bytes
  Records head(file, {.end = std::min(file.size(), kBlankLines)}, rule, false);
  std::string_view row;
  if (!head.next(row)) return {};
  try {
    std::vector<std::string> names = read(row);
    check_names(names, file);
    return names;
  } catch (const Error& error) {
    if (!error.where().file.empty()) throw;
    throw Error(
        error.code(), "line " + std::to_string(head.range().line()) + ": " + error.message(),
        {.file = file.path().string()}, "mend the row, for it says which columns there are");
  }
}

bool Records::next(std::string_view& raw) {
  while (records_.next(raw)) {
    if (std::exchange(first_, false)) raw = without_byte_order_mark(raw);
    if (!raw.empty()) return true;
    ++blank_;
  }
  return false;
}

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
      names = npy_columns(file);
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
      return open_csv_rows(format, file, segment, in_quotes, wanted, others_known);
    case TableForm::kJsonl:
      return open_json_rows(file, segment, wanted, others_known);
    case TableForm::kNpy:
      return open_npy_rows(file, segment, wanted, others_known);
  }
  return nullptr;
}

}  // namespace dsprep
