// Bytes to UTF-8 with U+FFFD for what is none, as Rust's from_utf8_lossy: one for each longest
// beginning of a character that does not go on.
// Source: The Unicode Standard, section 3.9, "U+FFFD Substitution of Maximal Subparts" and table
// 3-7.
#pragma once

#include <string>
#include <string_view>

namespace dsprep::hf {

inline std::string lossy_utf8(std::string_view bytes) {
  const auto at = [&](std::size_t i) -> unsigned {
    return i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0U;
  };
  std::string out;
  out.reserve(bytes.size());
  for (std::size_t i = 0; i < bytes.size();) {
    const unsigned first = at(i);
    const std::size_t wanted = first < 0x80                     ? 1
                               : first >= 0xC2 && first <= 0xDF ? 2
                               : first >= 0xE0 && first <= 0xEF ? 3
                               : first >= 0xF0 && first <= 0xF4 ? 4
                                                                : 0;
    // The second byte's range keeps out overlong forms, surrogates and what is above U+10FFFF.
    const unsigned low = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
    const unsigned high = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
    std::size_t length = 1;
    if (wanted > 1 && at(i + 1) >= low && at(i + 1) <= high) {
      length = 2;
      while (length < wanted && (at(i + length) & 0xC0) == 0x80) ++length;
    }
    out += length == wanted ? bytes.substr(i, length) : "\xEF\xBF\xBD";
    i += length;
  }
  return out;
}

}  // namespace dsprep::hf
