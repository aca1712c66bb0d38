// CsvRows: the rows of a csv or tsv file (RFC 4180), with the places of their cells.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace dsprep {

/// One thread. Keeps a view of the text.
///
/// A cell in quotes may hold delimiters, line ends, and quotes as two. Lines end in \n or \r\n;
/// empty lines and a byte-order mark at the front are passed over. A quote inside a cell that does
/// not begin with one is an ordinary character.
class CsvRows {
 public:
  CsvRows(std::string_view text, char delimiter);
  /// The next row's cells; false at the end. Throws kBadRow "line L, column C: what" for text
  /// behind a closing quote, and a quote that is never closed; the rows behind the line can be read
  /// on in the first case.
  bool next(std::vector<std::string>& cells);
  /// Line of the file on which the last row began, from 1.
  std::uint64_t line() const noexcept { return row_line_; }

 private:
  std::string cell(std::size_t column);
  std::string quoted_cell(std::size_t column);
  [[noreturn]] void fail(std::uint64_t line, std::size_t column, const char* what);
  void skip_line();

  std::string_view text_;
  char delimiter_;
  std::size_t at_ = 0;
  std::uint64_t line_ = 1;
  std::uint64_t row_line_ = 0;
};

}  // namespace dsprep
