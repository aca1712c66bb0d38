// 64 bytes of text as sets: a bit a byte.
#pragma once

#include <cstdint>

namespace dsprep {

/// Which of 64 bytes are what. Of ASCII alone; `high` are the others.
struct AsciiMasks {
  std::uint64_t upper = 0;         ///< A-Z
  std::uint64_t lower = 0;         ///< a-z
  std::uint64_t number = 0;        ///< 0-9
  std::uint64_t space = 0;         ///< \t \n \v \f \r and the blank
  std::uint64_t newline = 0;       ///< \r \n
  std::uint64_t blank = 0;         ///< ' '
  std::uint64_t apostrophe = 0;    ///< '\''
  std::uint64_t control = 0;       ///< below ' ' and not in space, and 0x7F
  std::uint64_t high = 0;          ///< 0x80 and above
  std::uint64_t continuation = 0;  ///< 0x80 to 0xBF
};

/// Sorts the 64 bytes at `text`.
using SortBytes = void (*)(const unsigned char* text, AsciiMasks& masks);

void sort_bytes_portable(const unsigned char* text, AsciiMasks& masks);
/// The fastest of this machine.
SortBytes best_sort_bytes() noexcept;

}  // namespace dsprep
