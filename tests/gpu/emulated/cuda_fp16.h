// In place of CUDA's: what lib/gpu/float_bits.h takes from it.
#pragma once

#include "tests/gpu/emulated/small_floats.h"

struct __half {
  std::uint16_t bits;
};
struct __half2 {
  __half x, y;
};
inline __half __float2half_rn(float value) { return {rounded_bits(value, 10, -14)}; }
inline std::uint16_t __half_as_ushort(__half value) { return value.bits; }
inline __half2 __floats2half2_rn(float x, float y) {
  return {__float2half_rn(x), __float2half_rn(y)};
}
