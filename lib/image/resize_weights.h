// The weights of an antialiased resize along one axis: which source pixels make an output pixel,
// and how much of each.
#pragma once

#include <cstdint>
#include <vector>

#include "dsprep/resize.h"

namespace dsprep {

inline constexpr int kWeightBits = 22;  // 8 bits of pixel, 2 of headroom for lobes, in 32

/// Weights of consecutive output pixels. Those of one add up to about 1 << kWeightBits. Every
/// output pixel has the same number of taps, some of them zero, so that the loops over them are
/// predictable.
struct ResizeWeights {
  std::vector<std::uint32_t> first;  ///< first source pixel of each output pixel
  std::vector<std::int32_t> values;  ///< `taps` of them for each output pixel
  std::uint32_t taps = 0;

  std::size_t size() const noexcept { return first.size(); }
  const std::int32_t* of(std::size_t pixel) const noexcept { return values.data() + pixel * taps; }
  std::uint32_t source_begin() const noexcept { return first.front(); }
  std::uint32_t source_end() const noexcept { return first.back() + taps; }
};

/// Output pixels [begin, begin + count) of a resize from `in` to `out` pixels. Computed with IEEE
/// double + - * / alone (no libm, no fused operations: the file is compiled with
/// -ffp-contract=off), so that every machine gets the same integers.
ResizeWeights make_weights(std::uint32_t in, std::uint32_t out, std::uint32_t begin,
                           std::uint32_t count, Filter filter);

}  // namespace dsprep
