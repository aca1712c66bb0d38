#include "lib/image/resize_kernels.h"

#include <algorithm>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace dsprep {
namespace {

std::uint8_t to_byte(std::int32_t sum, int bits) noexcept {
  return static_cast<std::uint8_t>(std::clamp(sum >> bits, 0, 255));
}

// Bytes [at, bytes) of a blended row, one after the other.
void blend_rest(const std::uint8_t* const* rows, const std::int16_t* weights, std::uint32_t count,
                int bits, std::size_t at, std::size_t bytes, std::uint8_t* out) noexcept {
  for (; at < bytes; ++at) {
    std::int32_t sum = 1 << (bits - 1);
    for (std::uint32_t j = 0; j < count; ++j) sum += rows[j][at] * weights[j];
    out[at] = to_byte(sum, bits);
  }
}

template <std::size_t Channels>
void squeeze_portable(const std::uint8_t* row, std::uint32_t origin, const ResizeWeights& weights,
                      std::uint8_t* out) {
  for (std::size_t i = 0; i < weights.size(); ++i, out += Channels) {
    const std::uint8_t* from = row + std::size_t{weights.first[i] - origin} * Channels;
    const std::int16_t* values = weights.of(i);
    for (std::size_t c = 0; c < Channels; ++c) {
      std::int32_t sum = 1 << (weights.bits - 1);
      for (std::uint32_t j = 0; j < weights.taps; ++j) sum += from[j * Channels + c] * values[j];
      out[c] = to_byte(sum, weights.bits);
    }
  }
}

void blend_portable(const std::uint8_t* const* rows, const std::int16_t* weights,
                    std::uint32_t count, int bits, std::size_t bytes, std::uint8_t* out) {
  blend_rest(rows, weights, count, bits, 0, bytes, out);
}

#if defined(__x86_64__)

// Two 16-bit weights in one number, as the instruction that multiplies and adds pairs takes them.
std::int32_t pair_at(const std::int16_t* weights) noexcept {
  std::int32_t pair = 0;
  std::memcpy(&pair, weights, sizeof pair);
  return pair;
}

// The lowest three bytes of the result: a pixel. Four are stored where there is room.
void store_pixel(std::int32_t pixel, bool last, std::uint8_t* out) noexcept {
  std::memcpy(out, &pixel, last ? 3 : 4);
}

void blend_sse2(const std::uint8_t* const* rows, const std::int16_t* weights, std::uint32_t count,
                int bits, std::size_t bytes, std::uint8_t* out) {
  const __m128i zero = _mm_setzero_si128();
  const __m128i half = _mm_set1_epi32(1 << (bits - 1));
  const __m128i shift = _mm_cvtsi32_si128(bits);
  std::size_t at = 0;
  for (; at + 16 <= bytes; at += 16) {
    __m128i a = half, b = half, c = half, d = half;
    for (std::uint32_t j = 0; j < count; j += 2) {
      const __m128i pair = _mm_set1_epi32(pair_at(weights + j));
      const __m128i u = _mm_loadu_si128(reinterpret_cast<const __m128i*>(rows[j] + at));
      const __m128i v = _mm_loadu_si128(reinterpret_cast<const __m128i*>(rows[j + 1] + at));
      const __m128i low = _mm_unpacklo_epi8(u, v), high = _mm_unpackhi_epi8(u, v);
      a = _mm_add_epi32(a, _mm_madd_epi16(_mm_unpacklo_epi8(low, zero), pair));
      b = _mm_add_epi32(b, _mm_madd_epi16(_mm_unpackhi_epi8(low, zero), pair));
      c = _mm_add_epi32(c, _mm_madd_epi16(_mm_unpacklo_epi8(high, zero), pair));
      d = _mm_add_epi32(d, _mm_madd_epi16(_mm_unpackhi_epi8(high, zero), pair));
    }
    const __m128i ab = _mm_packs_epi32(_mm_sra_epi32(a, shift), _mm_sra_epi32(b, shift));
    const __m128i cd = _mm_packs_epi32(_mm_sra_epi32(c, shift), _mm_sra_epi32(d, shift));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out + at), _mm_packus_epi16(ab, cd));
  }
  blend_rest(rows, weights, count, bits, at, bytes, out);
}

void squeeze_rgb_sse2(const std::uint8_t* row, std::uint32_t origin, const ResizeWeights& weights,
                      std::uint8_t* out) {
  const __m128i zero = _mm_setzero_si128();
  const __m128i half = _mm_set1_epi32(1 << (weights.bits - 1));
  const __m128i shift = _mm_cvtsi32_si128(weights.bits);
  const std::int16_t* values = weights.values.data();
  for (std::size_t i = 0; i < weights.size(); ++i, out += 3) {
    const std::uint8_t* from = row + std::size_t{weights.first[i] - origin} * 3;
    __m128i sum = half;
    for (std::uint32_t j = 0; j < weights.taps; j += 2, from += 6, values += 2) {
      const __m128i two = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(from));
      // r0 r1 g0 g1 b0 b1 …, and with zeros between them 16-bit pairs
      const __m128i pairs = _mm_unpacklo_epi8(two, _mm_srli_si128(two, 3));
      sum = _mm_add_epi32(
          sum, _mm_madd_epi16(_mm_unpacklo_epi8(pairs, zero), _mm_set1_epi32(pair_at(values))));
    }
    const __m128i shorts = _mm_packs_epi32(_mm_sra_epi32(sum, shift), zero);
    store_pixel(_mm_cvtsi128_si32(_mm_packus_epi16(shorts, zero)), i + 1 == weights.size(), out);
  }
}

__attribute__((target("avx2"))) void blend_avx2(const std::uint8_t* const* rows,
                                                const std::int16_t* weights, std::uint32_t count,
                                                int bits, std::size_t bytes, std::uint8_t* out) {
  const __m256i zero = _mm256_setzero_si256();
  const __m256i half = _mm256_set1_epi32(1 << (bits - 1));
  const __m128i shift = _mm_cvtsi32_si128(bits);
  std::size_t at = 0;
  for (; at + 32 <= bytes; at += 32) {
    __m256i a = half, b = half, c = half, d = half;
    for (std::uint32_t j = 0; j < count; j += 2) {
      const __m256i pair = _mm256_set1_epi32(pair_at(weights + j));
      const __m256i u = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(rows[j] + at));
      const __m256i v = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(rows[j + 1] + at));
      const __m256i low = _mm256_unpacklo_epi8(u, v), high = _mm256_unpackhi_epi8(u, v);
      a = _mm256_add_epi32(a, _mm256_madd_epi16(_mm256_unpacklo_epi8(low, zero), pair));
      b = _mm256_add_epi32(b, _mm256_madd_epi16(_mm256_unpackhi_epi8(low, zero), pair));
      c = _mm256_add_epi32(c, _mm256_madd_epi16(_mm256_unpacklo_epi8(high, zero), pair));
      d = _mm256_add_epi32(d, _mm256_madd_epi16(_mm256_unpackhi_epi8(high, zero), pair));
    }
    const __m256i ab = _mm256_packs_epi32(_mm256_sra_epi32(a, shift), _mm256_sra_epi32(b, shift));
    const __m256i cd = _mm256_packs_epi32(_mm256_sra_epi32(c, shift), _mm256_sra_epi32(d, shift));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(out + at), _mm256_packus_epi16(ab, cd));
  }
  blend_rest(rows, weights, count, bits, at, bytes, out);
}

__attribute__((target("avx512f,avx512bw"))) void blend_avx512(const std::uint8_t* const* rows,
                                                              const std::int16_t* weights,
                                                              std::uint32_t count, int bits,
                                                              std::size_t bytes,
                                                              std::uint8_t* out) {
  const __m512i zero = _mm512_setzero_si512();
  const __m512i half = _mm512_set1_epi32(1 << (bits - 1));
  const __m128i shift = _mm_cvtsi32_si128(bits);
  for (std::size_t at = 0; at < bytes; at += 64) {
    const std::size_t left = bytes - at;
    const __mmask64 mask = left >= 64 ? ~__mmask64{0} : (__mmask64{1} << left) - 1;
    __m512i a = half, b = half, c = half, d = half;
    for (std::uint32_t j = 0; j < count; j += 2) {
      const __m512i pair = _mm512_set1_epi32(pair_at(weights + j));
      const __m512i u = _mm512_maskz_loadu_epi8(mask, rows[j] + at);
      const __m512i v = _mm512_maskz_loadu_epi8(mask, rows[j + 1] + at);
      const __m512i low = _mm512_unpacklo_epi8(u, v), high = _mm512_unpackhi_epi8(u, v);
      a = _mm512_add_epi32(a, _mm512_madd_epi16(_mm512_unpacklo_epi8(low, zero), pair));
      b = _mm512_add_epi32(b, _mm512_madd_epi16(_mm512_unpackhi_epi8(low, zero), pair));
      c = _mm512_add_epi32(c, _mm512_madd_epi16(_mm512_unpacklo_epi8(high, zero), pair));
      d = _mm512_add_epi32(d, _mm512_madd_epi16(_mm512_unpackhi_epi8(high, zero), pair));
    }
    const __m512i ab = _mm512_packs_epi32(_mm512_maskz_sra_epi32(0xffff, a, shift),
                                          _mm512_maskz_sra_epi32(0xffff, b, shift));
    const __m512i cd = _mm512_packs_epi32(_mm512_maskz_sra_epi32(0xffff, c, shift),
                                          _mm512_maskz_sra_epi32(0xffff, d, shift));
    _mm512_mask_storeu_epi8(out + at, mask, _mm512_packus_epi16(ab, cd));
  }
}

// Four taps at once: pixels 0 and 1 in the lower half, 2 and 3 in the upper one.
__attribute__((target("avx2"))) void squeeze_rgb_avx2(const std::uint8_t* row, std::uint32_t origin,
                                                      const ResizeWeights& weights,
                                                      std::uint8_t* out) {
  const __m256i spread =
      _mm256_setr_epi8(0, -1, 3, -1, 1, -1, 4, -1, 2, -1, 5, -1, -1, -1, -1, -1, 6, -1, 9, -1, 7,
                       -1, 10, -1, 8, -1, 11, -1, -1, -1, -1, -1);
  const __m256i repeat = _mm256_setr_epi8(0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3,  //
                                          4, 5, 6, 7, 4, 5, 6, 7, 4, 5, 6, 7, 4, 5, 6, 7);
  const __m128i half = _mm_set1_epi32(1 << (weights.bits - 1));
  const __m128i shift = _mm_cvtsi32_si128(weights.bits);
  const std::int16_t* values = weights.values.data();
  const std::size_t size = weights.size();
  for (std::size_t i = 0; i < size; ++i, out += 3) {
    const std::uint8_t* from = row + std::size_t{weights.first[i] - origin} * 3;
    __m256i sum = _mm256_setzero_si256();
    for (std::uint32_t j = 0; j < weights.taps; j += 4, from += 12, values += 4) {
      const __m256i four =
          _mm256_broadcastsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from)));
      std::int64_t packed = 0;
      std::memcpy(&packed, values, sizeof packed);
      sum = _mm256_add_epi32(
          sum, _mm256_madd_epi16(_mm256_shuffle_epi8(four, spread),
                                 _mm256_shuffle_epi8(_mm256_set1_epi64x(packed), repeat)));
    }
    __m128i both = _mm_add_epi32(_mm256_castsi256_si128(sum), _mm256_extracti128_si256(sum, 1));
    both = _mm_sra_epi32(_mm_add_epi32(both, half), shift);
    both = _mm_packs_epi32(both, both);
    store_pixel(_mm_cvtsi128_si32(_mm_packus_epi16(both, both)), i + 1 == size, out);
  }
}

#endif

}  // namespace

std::span<const ResizeKernels> resize_kernels() noexcept {
  static constexpr ResizeKernels kAll[] = {
    {"portable", blend_portable, squeeze_portable<3>, squeeze_portable<1>},
#if defined(__x86_64__)
    {"SSE2", blend_sse2, squeeze_rgb_sse2, squeeze_portable<1>},
    {"AVX2", blend_avx2, squeeze_rgb_avx2, squeeze_portable<1>},
    {"AVX-512", blend_avx512, squeeze_rgb_avx2, squeeze_portable<1>},
#endif
  };
  static const std::size_t count = [] {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512bw")) return 4;
    if (__builtin_cpu_supports("avx2")) return 3;
    return 2;
#else
    return 1;
#endif
  }();
  return {kAll, count};
}

}  // namespace dsprep
