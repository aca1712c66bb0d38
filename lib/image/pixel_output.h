// The last pass of an augmentation: flip, layout and normalisation in one walk over the pixels.
#pragma once

#include <array>
#include <span>

#include "dsprep/augment.h"

namespace dsprep {

/// Writes `rgb` (3 channels) to `out` in `layout`. kFloatChw: v * scale[c] + offset[c], two
/// roundings, the same on every machine. Requires: `out` has room for just that.
void write_pixels(const Image& rgb, PixelLayout layout, bool flip,
                  const std::array<float, 3>& scale, const std::array<float, 3>& offset,
                  std::span<std::byte> out);

}  // namespace dsprep
