// Rows of csv and tsv as RFC 4180 has them: fields between delimiters; a field in double quotes may
// hold delimiters and newlines, and "" stands for a quote in it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace dsprep {

/// The fields of `row` (without its end of line) as they stand there, quotes and all. Throws
/// kBadRow that names the column, from 1: a quote inside a field without quotes, text behind a
/// closing quote, a quote that is not closed.
void split_csv_row(std::string_view row, char delimiter, std::vector<std::string_view>& fields);

/// The names in the first row of a file, without a byte-order mark. Throws as split_csv_row, and
/// kBadEncoding; kBadRow where the row holds a byte 0 or, outside of quotes, a carriage return:
/// lines that end in one alone would make the whole file one row.
std::vector<std::string> csv_names(std::string_view row, char delimiter);

/// The text of a field: `field` itself, or `memory`, which then holds it without its quotes.
std::string_view csv_text(std::string_view field, std::string& memory);

/// The first row of a file without the mark that some programs put in front of UTF-8.
std::string_view without_byte_order_mark(std::string_view row) noexcept;

}  // namespace dsprep
