// UTF-8: is it, where is it not, and what Python's errors="replace" makes of it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace dsprep {

/// Offset of the first byte that does not belong to valid UTF-8 (a cut character's first byte), or
/// text.size(). Surrogates, overlong forms and points over 0x10FFFF are not valid.
std::size_t first_invalid_utf8(std::string_view text) noexcept;

/// Throws Error(kBadEncoding) with `base` + the offset of the first invalid byte.
void require_valid_utf8(std::string_view text, std::size_t base = 0);

/// `text` with U+FFFD for every maximal part of an ill-formed sequence (Unicode 16.0, section 3.9,
/// "substitution of maximal subparts"), as Python's bytes.decode(errors="replace").
std::string replace_invalid_utf8(std::string_view text);

}  // namespace dsprep
