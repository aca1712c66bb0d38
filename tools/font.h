// A bitmap font for ASCII.
#pragma once

#include <cstddef>
#include <cstdint>

namespace dsprep {

inline constexpr std::size_t kGlyphRows = 7;
inline constexpr std::size_t kGlyphColumns = 5;

/// One row of a character's dots; bit 0x10 is the leftmost column. A box for what is not printable
/// ASCII. `row` < kGlyphRows.
std::uint8_t glyph_row(unsigned char character, std::size_t row) noexcept;

}  // namespace dsprep
