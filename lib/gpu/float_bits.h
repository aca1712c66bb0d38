// float16 and bfloat16 of a float, rounded to nearest even; and the one product and sum that
// normalising is made of. Pure functions, the same bits on processor and GPU (but reciprocal()).
#pragma once

#include <cstdint>
#include <cstring>

#include "lib/gpu/host_device.h"

#if defined(__CUDACC__)
#include <cuda_bf16.h>
#include <cuda_fp16.h>
#endif

namespace dsprep::cuda {

struct Half {
  std::uint16_t bits;
};
struct Brain {  // bfloat16
  std::uint16_t bits;
};

/// Byte `which` of a word, from the lowest on. A GPU has few units that convert integers: a sum
/// does it as well, for 2^23 + byte is a float.
DSPREP_HD float float_of_byte(std::uint32_t word, unsigned which = 0) {
#if defined(__CUDA_ARCH__)
  return __fadd_rn(__uint_as_float(__byte_perm(word, 0x4b000000U, 0x7440U | which)), -8388608.0F);
#else
  return static_cast<float>(word >> (8 * which) & 0xff);
#endif
}

/// 1 / value, off by 2^-22 of it at most: for guesses.
DSPREP_HD float reciprocal(float value) {
#if defined(__CUDA_ARCH__)
  return __fdividef(1.0F, value);
#else
  return 1.0F / value;
#endif
}

/// Rounded twice: no fused multiply-add (sources on the host are compiled with -ffp-contract=off).
DSPREP_HD float scaled(float value, float gain, float offset) {
#if defined(__CUDA_ARCH__)
  return __fadd_rn(__fmul_rn(value, gain), offset);
#else
  return value * gain + offset;
#endif
}

#if !defined(__CUDA_ARCH__)
inline std::uint32_t bits_of(float value) {
  std::uint32_t bits;
  std::memcpy(&bits, &value, sizeof(bits));
  return bits;
}

/// Without its low `drop` bits, rounded to nearest, ties to even.
inline std::uint32_t rounded_off(std::uint32_t bits, unsigned drop) {
  const std::uint32_t odd = (bits >> drop) & 1;
  return (bits + (std::uint32_t{1} << (drop - 1)) - 1 + odd) >> drop;
}

/// IEEE 754 binary16: 5 bits of exponent (bias 15), 10 of fraction.
inline std::uint16_t half_bits(float value) {
  const std::uint32_t bits = bits_of(value), sign = bits >> 16 & 0x8000, rest = bits & 0x7fffffff;
  std::uint32_t out = 0;
  if (rest > 0x7f800000) {
    out = 0x7fff;  // NaN; CUDA makes this one of every NaN, without its sign
    return static_cast<std::uint16_t>(out);
  }
  if (rest >= 0x477ff000) {
    out = 0x7c00;  // 65520 and above: infinite
  } else if (rest >= 0x38800000) {
    out = rounded_off(rest - 0x38000000, 13);  // 2^-14 and above: normal
  } else if (rest >= 0x33000000) {
    // 2^-25 and above: multiples of 2^-24
    const std::uint32_t exponent = rest >> 23, fraction = (rest & 0x7fffff) | 0x800000;
    out = rounded_off(fraction, 126 - exponent);
  }
  return static_cast<std::uint16_t>(sign | out);
}

/// The upper half of a float32.
inline std::uint16_t brain_bits(float value) {
  const std::uint32_t bits = bits_of(value);
  if ((bits & 0x7fffffff) > 0x7f800000) return 0x7fff;  // NaN, as CUDA has it
  return static_cast<std::uint16_t>(rounded_off(bits, 16));
}
#endif

template <class Out>
DSPREP_HD Out rounded(float value);

template <>
DSPREP_HD float rounded<float>(float value) {
  return value;
}
template <>
DSPREP_HD Half rounded<Half>(float value) {
#if defined(__CUDA_ARCH__)
  return {__half_as_ushort(__float2half_rn(value))};
#else
  return {half_bits(value)};
#endif
}
template <>
DSPREP_HD Brain rounded<Brain>(float value) {
#if defined(__CUDA_ARCH__)
  return {__bfloat16_as_ushort(__float2bfloat16_rn(value))};
#else
  return {brain_bits(value)};
#endif
}

/// Two at once, which is one instruction of a GPU.
template <class Out>
DSPREP_HD void round_two(float first, float second, Out* out) {
  out[0] = rounded<Out>(first);
  out[1] = rounded<Out>(second);
}
#if defined(__CUDA_ARCH__)
template <>
DSPREP_HD void round_two<Half>(float first, float second, Half* out) {
  const __half2 both = __floats2half2_rn(first, second);
  memcpy(out, &both, sizeof(both));
}
template <>
DSPREP_HD void round_two<Brain>(float first, float second, Brain* out) {
  const __nv_bfloat162 both = __floats2bfloat162_rn(first, second);
  memcpy(out, &both, sizeof(both));
}
#endif

}  // namespace dsprep::cuda
