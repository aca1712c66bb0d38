// What Hugging Face's tokenizers takes a character for. The tables come from the package itself
// (make_properties.py), since its parts follow different versions of Unicode.
#pragma once

#include <cstdint>

namespace dsprep {

/// Bits of a code point; the order is that of make_properties.py.
enum Property : std::uint16_t {
  kRegexWord = 1U << 0,         ///< \w of Rust's regex, with which added tokens look for words
  kWhiteSpace = 1U << 1,        ///< Unicode's White_Space
  kCombiningMark = 1U << 2,     ///< what StripAccents removes
  kNonSpacingMark = 1U << 3,    ///< what BertNormalizer removes as an accent
  kBertControl = 1U << 4,       ///< what BertNormalizer removes
  kBertSpace = 1U << 5,         ///< what BertNormalizer replaces by a space (but for the space)
  kBertChinese = 1U << 6,       ///< what BertNormalizer puts between spaces
  kBertPunctuation = 1U << 7,   ///< what BertPreTokenizer isolates
  kPunctuation = 1U << 8,       ///< what Punctuation isolates
  kNumeric = 1U << 9,           ///< what Digits isolates
  kWhitespaceWord = 1U << 10,   ///< \w of the pre-tokenizer Whitespace
  kGraphemeExtend = 1U << 11,   ///< belongs to the grapheme cluster of what stands before it
  kGraphemePrepend = 1U << 12,  ///< belongs to the cluster of what stands behind it
  kGraphemeControl = 1U << 13,  ///< stands alone (CR and LF not counted)
};

/// The bits of all code points, 0x110000 of them; made at the first call, then constant.
const std::uint16_t* properties();

inline bool has_property(char32_t c, unsigned wanted) {
  return c < 0x110000 && (properties()[c] & wanted) != 0;
}

}  // namespace dsprep
