// The weights of an antialiased resize along one axis: which source pixels make an output pixel,
// and how much of each.
#pragma once

#include <cstdint>
#include <vector>

#include "dsprep/resize.h"

namespace dsprep {

/// What is resized along one axis: the stretch [origin, origin + length) of the source, in pixels
/// that need not be whole, of which pixels [begin, end) may be looked at.
struct SourceSpan {
  double origin = 0;
  double length = 0;
  std::uint32_t begin = 0;
  std::uint32_t end = 0;

  /// Whole pixels, and no look beyond them.
  static SourceSpan of(std::uint32_t begin, std::uint32_t length) noexcept {
    return {static_cast<double>(begin), static_cast<double>(length), begin, begin + length};
  }
};

/// Weights of consecutive output pixels. Those of one add up to 1 << bits: exactly, but for wide
/// ones, which are rounded as Pillow rounds them. Every output
/// pixel has the same, even number of taps, some of them perhaps zero, so that the loops over
/// them are predictable.
struct ResizeWeights {
  std::vector<std::uint32_t> first;  ///< first source pixel of each output pixel
  std::vector<std::int16_t> values;  ///< `taps` of them for each output pixel
  std::vector<std::int32_t> wide;    ///< instead of values for Lanczos: see resize_wide.h
  std::uint32_t taps = 0;  ///< a multiple of kTapStep; less than kTapStep of them, which are
                           ///< zero, may lie behind `end`
  int bits = 0;            ///< 14, and more where many pixels make one
  std::uint32_t end = 0;   ///< behind the last source pixel with a weight
  static constexpr std::uint32_t kTapStep = 4;

  std::size_t size() const noexcept { return first.size(); }
  const std::int16_t* of(std::size_t pixel) const noexcept { return values.data() + pixel * taps; }
  std::uint32_t source_begin() const noexcept { return first.front(); }
  std::uint32_t source_end() const noexcept { return end; }
};

/// Output pixels [begin, begin + count) of a resize of `source` to `out` pixels. Computed with IEEE
/// double + - * / alone (no libm, no fused operations: the file is compiled with
/// -ffp-contract=off), so that every machine gets the same integers.
ResizeWeights make_weights(const SourceSpan& source, std::uint32_t out, std::uint32_t begin,
                           std::uint32_t count, Filter filter);

}  // namespace dsprep
