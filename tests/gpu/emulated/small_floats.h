// Rounding to small floats, by another way than lib/gpu/float_bits.h.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

/// Bits of the nearest float with `fraction` bits and exponents from `least` on, ties to even.
inline std::uint16_t rounded_bits(float value, int fraction, int least) {
  if (std::isnan(value)) return 0x7fff;
  const int sign = std::signbit(value) ? 0x8000 : 0, infinite = (3 - 2 * least) << fraction;
  const double size = std::fabs(static_cast<double>(value));
  if (std::isinf(size)) return static_cast<std::uint16_t>(sign | infinite);
  const int exponent = size == 0 ? least : std::max(std::ilogb(size), least);
  const auto steps = static_cast<int>(std::nearbyint(std::ldexp(size, fraction - exponent)));
  const std::int64_t bits = (std::int64_t{exponent - least} << fraction) + steps;
  return static_cast<std::uint16_t>(sign | std::min<std::int64_t>(bits, infinite));
}
