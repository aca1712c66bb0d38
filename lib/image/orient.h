// EXIF orientation: reading the tag and turning the pixels upright.
#pragma once

#include "dsprep/image.h"

namespace dsprep {

/// Orientation (1 to 8) in an EXIF block, which begins with its TIFF header; 1 where it is missing,
/// invalid or out of bounds.
std::uint8_t exif_orientation(Bytes tiff) noexcept;

/// `in` as orientation says it is to be seen. Requires: orientation 1 to 8; `out` another object
/// than `in`.
void orient(const Image& in, std::uint8_t orientation, Image& out);

}  // namespace dsprep
