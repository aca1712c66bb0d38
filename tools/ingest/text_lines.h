// Lines of a part of a file, so that any cutting of the file gives each line to exactly one part.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "formats/common/file.h"

namespace dsprep {

/// The text of the lines that begin in [begin, end) of a file; the last one is read to its end,
/// wherever that is.
class LineRange {
 public:
  /// Reads; memory is that of the range and its last line. Throws as InputFile.
  LineRange(const InputFile& file, std::uint64_t begin, std::uint64_t end);

  /// Gives the next line without its "\n" or "\r\n"; false at the end. Views are valid as long as
  /// the range.
  bool next(std::string_view& line);
  /// Lines given so far.
  std::uint64_t count() const noexcept { return count_; }

 private:
  std::vector<std::byte> memory_;
  std::string_view rest_;
  std::uint64_t count_ = 0;
};

}  // namespace dsprep
