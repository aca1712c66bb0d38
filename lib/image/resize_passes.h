// The two passes of a separable resize, on bytes and 22-bit integer weights. Every build of them
// gives the same bytes.
#pragma once

#include <cstddef>
#include <cstdint>

#include "lib/image/resize_weights.h"

namespace dsprep {

/// One output row: out[i] = clamp(round(sum over j of weights[j] * rows[j * stride + i])) for i <
/// bytes.
void blend_rows(const std::uint8_t* rows, std::size_t stride, const std::int32_t* weights,
                std::uint32_t count, std::size_t bytes, std::uint8_t* out);

/// One row of 3 channels. `row` points at source pixel `origin`. Reads one byte behind the last
/// source pixel that has a weight.
void squeeze_row_rgb(const std::uint8_t* row, std::uint32_t origin, const ResizeWeights& weights,
                     std::uint8_t* out);
/// The same for one channel; reads nothing behind.
void squeeze_row_gray(const std::uint8_t* row, std::uint32_t origin, const ResizeWeights& weights,
                      std::uint8_t* out);

}  // namespace dsprep
