#include "tools/ingest/csv_row.h"

#include "dsprep/error.h"
#include "tools/ingest/text_document.h"

namespace dsprep {
namespace {

[[noreturn]] void refuse(std::size_t column, const char* what) {
  throw Error(ErrorCode::kBadRow, "column " + std::to_string(column) + ": " + what);
}

// The place of the quote that closes the field whose quote stands at `open`, or npos.
std::size_t closing_quote(std::string_view row, std::size_t open) {
  std::size_t at = open + 1;
  while (true) {
    at = row.find('"', at);
    if (at == row.npos || at + 1 == row.size() || row[at + 1] != '"') return at;
    at += 2;
  }
}

}  // namespace

void split_csv_row(std::string_view row, char delimiter, std::vector<std::string_view>& fields) {
  fields.clear();
  std::size_t begin = 0;
  while (true) {
    const std::size_t column = fields.size() + 1;
    std::size_t end = begin;
    if (begin < row.size() && row[begin] == '"') {
      end = closing_quote(row, begin);
      if (end == row.npos) refuse(column, "a double quote is not closed");
      ++end;
      if (end < row.size() && row[end] != delimiter)
        refuse(column, "there is text behind the closing quote");
    } else {
      end = std::min(row.find(delimiter, begin), row.size());
      if (row.substr(begin, end - begin).find('"') != row.npos)
        refuse(column, "a double quote stands in a field that does not begin with one");
    }
    fields.push_back(row.substr(begin, end - begin));
    if (end == row.size()) return;
    begin = end + 1;
  }
}

std::string_view csv_text(std::string_view field, std::string& memory) {
  if (!field.starts_with('"')) return field;
  field = field.substr(1, field.size() - 2);
  std::size_t quote = field.find('"');
  if (quote == field.npos) return field;
  memory.clear();
  while (quote != field.npos) {
    memory.append(field.substr(0, quote + 1));
    field.remove_prefix(quote + 2);
    quote = field.find('"');
  }
  memory.append(field);
  return memory;
}

std::vector<std::string> csv_names(std::string_view row, char delimiter) {
  row = without_byte_order_mark(row);
  if (row.starts_with("\xFF\xFE") || row.starts_with("\xFE\xFF"))
    throw Error(ErrorCode::kBadEncoding, "UTF-16 or UTF-32, not UTF-8");
  require_utf8(row);
  if (row.find('\0') != row.npos)
    throw Error(ErrorCode::kBadRow, "the row holds a byte of value 0");
  std::vector<std::string_view> fields;
  split_csv_row(row, delimiter, fields);
  std::vector<std::string> names;
  std::string memory;
  for (const std::string_view field : fields) {
    if (!field.starts_with('"') && field.find('\r') != field.npos)
      refuse(names.size() + 1, "a line ends in a carriage return alone; end lines in a line feed");
    names.emplace_back(csv_text(field, memory));
  }
  return names;
}

std::string_view without_byte_order_mark(std::string_view row) noexcept {
  constexpr std::string_view kMark = "\xEF\xBB\xBF";
  return row.starts_with(kMark) ? row.substr(kMark.size()) : row;
}

}  // namespace dsprep
