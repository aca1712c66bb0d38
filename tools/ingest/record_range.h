// Records (lines, or rows of csv) of a part of a file, so that any cutting of the file gives each
// record to exactly one part.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "formats/common/file.h"

namespace dsprep {

/// Where a record ends.
enum class RecordRule : std::uint8_t {
  kLine,    ///< at each newline
  kQuoted,  ///< at each newline with an even number of double quotes before it in the file
};

/// The text of the records that begin in [begin, end) of a file; the last one is read to its end,
/// wherever that is.
class RecordRange {
 public:
  /// Bytes that may be read behind the end of a record.
  static constexpr std::size_t kPadding = 64;

  /// Reads; memory is that of the range and its last record. `in_quotes`: an odd number of quotes
  /// stands before `begin`. Throws as InputFile, and kBadRow where a quote stays open over 64 MiB.
  RecordRange(const InputFile& file, std::uint64_t begin, std::uint64_t end,
              RecordRule rule = RecordRule::kLine, bool in_quotes = false);

  /// Gives the next record without its "\n" or "\r\n"; false at the end. Views are valid as long as
  /// the range.
  bool next(std::string_view& record);
  /// The line at which the last record began, from 1 for the first line of the range.
  std::uint64_t line() const noexcept { return line_; }
  /// Lines of the records given so far.
  std::uint64_t lines() const noexcept { return lines_; }

 private:
  void find_begin(std::uint64_t begin);
  void read_to_end(const InputFile& file, std::uint64_t at);
  std::size_t border(std::size_t from, bool& in_quotes, std::size_t limit) const;
  std::string_view text() const noexcept { return {memory_.data(), used_}; }

  RecordRule rule_;
  std::vector<char> memory_;
  std::size_t used_ = 0;
  std::size_t at_ = 0;
  std::uint64_t line_ = 0;
  std::uint64_t lines_ = 0;
};

/// Moves each of `positions` (rising) to the first record border at or behind it, by one pass over
/// the file in steps.
void move_to_row_borders(const InputFile& file, std::vector<std::uint64_t>& positions);

/// True where the part of the file holds an odd number of double quotes.
bool odd_quotes(const InputFile& file, std::uint64_t begin, std::uint64_t end);

}  // namespace dsprep
