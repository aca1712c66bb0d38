// The classes of characters that pre-tokenizers' patterns speak of, as tiktoken's and Hugging
// Face's regular expressions have them (Unicode 16.0).
#pragma once

#include <cstddef>
#include <cstdint>

namespace dsprep {

enum class CharClass : std::uint8_t {
  kOther,   ///< none of the others: control, format, private, unassigned
  kPunct,   ///< \p{P}
  kSymbol,  ///< \p{S}
  kSpace,   ///< \s
  kNumber,  ///< \p{N}
  kUpper,   ///< \p{Lu}, \p{Lt}
  kLower,   ///< \p{Ll}
  kLetter,  ///< \p{Lm}, \p{Lo}
  kMark,    ///< \p{M}
  kEnd,     ///< no character: the end of the text
};

/// Class of a code point below 0x110000.
CharClass class_of(char32_t point) noexcept;

/// One character of valid UTF-8.
struct Character {
  char32_t point;
  std::uint32_t length;  ///< bytes, 1 to 4
};

inline Character decode_character(const unsigned char* p) noexcept {
  if (p[0] < 0x80) return {p[0], 1};
  if (p[0] < 0xE0) return {char32_t((p[0] & 0x1FU) << 6 | (p[1] & 0x3FU)), 2};
  if (p[0] < 0xF0) return {char32_t((p[0] & 0xFU) << 12 | (p[1] & 0x3FU) << 6 | (p[2] & 0x3FU)), 3};
  return {
      char32_t((p[0] & 0x7U) << 18 | (p[1] & 0x3FU) << 12 | (p[2] & 0x3FU) << 6 | (p[3] & 0x3FU)),
      4};
}

}  // namespace dsprep
