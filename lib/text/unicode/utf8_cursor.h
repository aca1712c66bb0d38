// Reading and writing code points of UTF-8 text. Text that is not UTF-8 is read without harm: each
// bad byte counts as U+FFFD.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace dsprep {

struct CodePoint {
  char32_t value = 0;
  std::size_t length = 0;  ///< bytes it takes in the text, at least 1
};

/// The code point at `at`, which must be below text.size().
inline CodePoint code_point_at(std::string_view text, std::size_t at) noexcept {
  const auto byte = [&](std::size_t i) {
    return static_cast<char32_t>(static_cast<unsigned char>(text[at + i]));
  };
  const char32_t first = byte(0);
  if (first < 0x80) return {first, 1};
  const std::size_t left = text.size() - at;
  const auto more = [&](std::size_t i) { return i < left && (byte(i) & 0xC0) == 0x80; };
  if (first >= 0xC2 && first < 0xE0 && more(1)) return {(first & 0x1F) << 6 | (byte(1) & 0x3F), 2};
  if (first >= 0xE0 && first < 0xF0 && more(1) && more(2))
    return {(first & 0x0F) << 12 | (byte(1) & 0x3F) << 6 | (byte(2) & 0x3F), 3};
  if (first >= 0xF0 && first < 0xF5 && more(1) && more(2) && more(3)) {
    return {
        (first & 0x07) << 18 | (byte(1) & 0x3F) << 12 | (byte(2) & 0x3F) << 6 | (byte(3) & 0x3F),
        4};
  }
  return {0xFFFD, 1};
}

/// The code point that ends at `end`, which must be above 0.
inline CodePoint code_point_before(std::string_view text, std::size_t end) noexcept {
  std::size_t start = end - 1;
  while (start > 0 && end - start < 4 && (static_cast<unsigned char>(text[start]) & 0xC0) == 0x80)
    --start;
  const CodePoint found = code_point_at(text, start);
  return start + found.length == end ? found : CodePoint{0xFFFD, 1};
}

/// Bytes of the character that begins with `first`, in valid UTF-8.
inline std::size_t utf8_length(char first) noexcept {
  const auto byte = static_cast<unsigned char>(first);
  return byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
}

inline void append_utf8(std::string& text, char32_t c) {
  if (c < 0x80) {
    text += static_cast<char>(c);
    return;
  }
  if (c < 0x800) {
    text += static_cast<char>(0xC0 | c >> 6);
  } else {
    if (c < 0x10000) {
      text += static_cast<char>(0xE0 | c >> 12);
    } else {
      text += static_cast<char>(0xF0 | c >> 18);
      text += static_cast<char>(0x80 | (c >> 12 & 0x3F));
    }
    text += static_cast<char>(0x80 | (c >> 6 & 0x3F));
  }
  text += static_cast<char>(0x80 | (c & 0x3F));
}

/// Calls use(code point, its bytes) for every character of `text`.
template <class Use>
void for_each_code_point(std::string_view text, Use use) {
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint c = code_point_at(text, at);
    use(c.value, text.substr(at, c.length));
    at += c.length;
  }
}

}  // namespace dsprep
