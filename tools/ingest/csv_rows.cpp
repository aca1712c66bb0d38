#include "tools/ingest/csv_rows.h"

#include <algorithm>

#include "dsprep/error.h"

namespace dsprep {

CsvRows::CsvRows(std::string_view text, char delimiter) : text_(text), delimiter_(delimiter) {
  static constexpr std::string_view kMark = "\xEF\xBB\xBF";
  if (text_.starts_with(kMark)) text_.remove_prefix(kMark.size());
}

void CsvRows::skip_line() {
  const std::size_t end = text_.find('\n', at_);
  at_ = end == text_.npos ? text_.size() : end + 1;
  ++line_;
}

void CsvRows::fail(std::uint64_t line, std::size_t column, const char* what) {
  const std::string place =
      "line " + std::to_string(line) + ", column " + std::to_string(column) + ": ";
  skip_line();
  throw Error(ErrorCode::kBadRow, place + what);
}

std::string CsvRows::quoted_cell(std::size_t column) {
  std::string cell;
  const std::uint64_t first_line = line_;
  for (++at_; at_ < text_.size(); ++at_) {
    const char c = text_[at_];
    if (c == '"') {
      if (at_ + 1 == text_.size() || text_[at_ + 1] != '"') break;
      ++at_;
    }
    line_ += c == '\n';
    cell += c;
  }
  if (at_ == text_.size()) fail(first_line, column, "a quote that is never closed");
  ++at_;
  const bool end = at_ == text_.size() || text_[at_] == delimiter_ || text_[at_] == '\n' ||
                   text_.substr(at_, 2) == "\r\n";
  if (!end) fail(first_line, column, "text behind a closing quote");
  return cell;
}

std::string CsvRows::cell(std::size_t column) {
  if (at_ < text_.size() && text_[at_] == '"') return quoted_cell(column);
  const std::size_t start = at_;
  while (at_ < text_.size() && text_[at_] != delimiter_ && text_[at_] != '\n') ++at_;
  std::string_view cell = text_.substr(start, at_ - start);
  const bool line_end = at_ == text_.size() || text_[at_] == '\n';
  if (line_end && cell.ends_with('\r')) cell.remove_suffix(1);
  return std::string(cell);
}

bool CsvRows::next(std::vector<std::string>& cells) {
  cells.clear();
  while (at_ < text_.size() && (text_[at_] == '\n' || text_.substr(at_, 2) == "\r\n")) skip_line();
  if (at_ >= text_.size()) return false;
  row_line_ = line_;
  while (true) {
    cells.push_back(cell(cells.size() + 1));
    if (at_ < text_.size() && text_[at_] == delimiter_) {
      ++at_;
      continue;
    }
    if (at_ < text_.size()) skip_line();  // at "\n" or "\r\n"
    return true;
  }
}

}  // namespace dsprep
