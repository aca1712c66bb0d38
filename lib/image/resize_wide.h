// The passes of a resize with 22-bit weights in 32-bit numbers: slower than those of
// resize_kernels.h, and the very pixels that Pillow gives. For Lanczos, whose lobes would make the
// rounding of 16-bit weights visible.
#pragma once

#include "lib/image/resize_weights.h"

namespace dsprep {

inline constexpr int kWideBits = 22;  // 8 bits of pixel, 2 of headroom for lobes, in 32

/// As ResizeKernels::blend.
void blend_wide(const std::uint8_t* const* rows, const std::int32_t* weights, std::uint32_t count,
                std::size_t bytes, std::uint8_t* out);
/// As ResizeKernels::squeeze_rgb and squeeze_gray.
void squeeze_wide(const std::uint8_t* row, std::uint32_t origin, const ResizeWeights& weights,
                  std::uint32_t channels, std::uint8_t* out);

}  // namespace dsprep
