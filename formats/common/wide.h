// Integers of 128 and 256 bits, where 64 are not enough.
#pragma once

#include <cstdint>

namespace dsprep {

// gcc and clang have them, the standard has not.
__extension__ typedef unsigned __int128 Wide;
__extension__ typedef __int128 SignedWide;

/// `part` of 2^64, scaled to [0, whole): a hash becomes a bucket, without modulo bias.
constexpr std::uint64_t scale_hash(std::uint64_t part, std::uint64_t whole) noexcept {
  return static_cast<std::uint64_t>((Wide(part) * whole) >> 64);
}

/// low + high · 2^128.
struct Wide256 {
  Wide low = 0;
  Wide high = 0;
};

/// The whole product, from 64-bit limbs.
constexpr Wide256 multiply_wide(Wide a, Wide b) noexcept {
  const auto a0 = static_cast<std::uint64_t>(a), a1 = static_cast<std::uint64_t>(a >> 64);
  const auto b0 = static_cast<std::uint64_t>(b), b1 = static_cast<std::uint64_t>(b >> 64);
  const Wide low = Wide(a0) * b0;
  const Wide middle1 = Wide(a0) * b1;
  const Wide middle2 = Wide(a1) * b0;
  const Wide high = Wide(a1) * b1;
  const Wide middle =
      (low >> 64) + static_cast<std::uint64_t>(middle1) + static_cast<std::uint64_t>(middle2);
  return {(middle << 64) | static_cast<std::uint64_t>(low),
          high + (middle1 >> 64) + (middle2 >> 64) + (middle >> 64)};
}

}  // namespace dsprep
