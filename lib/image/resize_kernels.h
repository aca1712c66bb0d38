// The two passes of a separable resize, on bytes and 16-bit weights, for each set of instructions.
// All of them give the same bytes: only integers are added, and no sum overflows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "lib/image/resize_weights.h"

namespace dsprep {

struct ResizeKernels {
  const char* name;
  /// One output row: out[i] = clamp(round(sum over j of weights[j] * rows[j][i])) for i < bytes.
  /// `count` is even.
  void (*blend)(const std::uint8_t* const* rows, const std::int16_t* weights, std::uint32_t count,
                int bits, std::size_t bytes, std::uint8_t* out);
  /// One row of 3 channels. `row` points at source pixel `origin`; kSlack bytes behind its last
  /// pixel may be read.
  void (*squeeze_rgb)(const std::uint8_t* row, std::uint32_t origin, const ResizeWeights& weights,
                      std::uint8_t* out);
  /// The same for one channel.
  void (*squeeze_gray)(const std::uint8_t* row, std::uint32_t origin, const ResizeWeights& weights,
                       std::uint8_t* out);
  static constexpr std::size_t kSlack = 32;
};

/// Those that this machine can run, the fastest last.
std::span<const ResizeKernels> resize_kernels() noexcept;

}  // namespace dsprep
