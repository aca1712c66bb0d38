// The last pass of an augmentation: flip, layout and normalisation in one walk over the pixels.
#pragma once

#include <array>
#include <span>

#include "dsprep/augment.h"

namespace dsprep {

/// v * gain + offset of each channel, two roundings, the same on every machine.
struct Normalizer {
  std::array<float, 3> gain = {};
  std::array<float, 3> offset = {};
};

/// A row of RGB to three rows of floats, mirrored where `flip` says so.
using FloatRow = void (*)(const std::uint8_t* rgb, std::uint32_t width, bool flip,
                          const Normalizer& normalizer, float* const* out);

/// Those that this machine can run, the fastest last. They give the same bits.
std::span<const FloatRow> float_rows() noexcept;

/// Writes `rgb` (3 channels) to `out` in `layout`. Requires: `out` has room for just that.
void write_pixels(const Image& rgb, PixelLayout layout, bool flip, const Normalizer& normalizer,
                  std::span<std::byte> out);

}  // namespace dsprep
