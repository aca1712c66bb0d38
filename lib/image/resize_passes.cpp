#include "lib/image/resize_passes.h"

#include <algorithm>
#include <cstring>

// Several builds of a function, the machine's best chosen at start; not under sanitizers, which
// start later than that choice.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define DSPREP_CLONES __attribute__((target_clones("default", "avx2", "arch=x86-64-v4")))
#else
#define DSPREP_CLONES
#endif

namespace dsprep {
namespace {

// The compiler's own vectors: integer lanes that it maps on whatever the machine has.
using Bytes16 __attribute__((vector_size(16))) = std::uint8_t;
using Shorts8 __attribute__((vector_size(16))) = std::uint16_t;
using Ints4 __attribute__((vector_size(16))) = std::int32_t;

constexpr std::int32_t kHalf = 1 << (kWeightBits - 1);
constexpr std::size_t kBlock = 128;  // columns whose sums stay in the nearest cache

std::uint8_t to_byte(std::int32_t sum) noexcept {
  return static_cast<std::uint8_t>(std::clamp(sum >> kWeightBits, 0, 255));
}

// Three channels and the byte behind them, which is computed with and dropped, as four integers.
// Written as interleaving with zeros because compilers make single instructions of that.
inline __attribute__((always_inline)) Ints4 load_pixel(const std::uint8_t* from) noexcept {
  std::int32_t bytes = 0;
  std::memcpy(&bytes, from, sizeof bytes);
  const auto packed = reinterpret_cast<Bytes16>(Ints4{bytes, 0, 0, 0});
  const auto shorts = reinterpret_cast<Shorts8>(__builtin_shufflevector(
      packed, Bytes16{}, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23));
  return reinterpret_cast<Ints4>(
      __builtin_shufflevector(shorts, Shorts8{}, 0, 8, 1, 9, 2, 10, 3, 11));
}

}  // namespace

DSPREP_CLONES
void blend_rows(const std::uint8_t* rows, std::size_t stride, const std::int32_t* weights,
                std::uint32_t count, std::size_t bytes, std::uint8_t* out) {
  std::int32_t sums[kBlock];
  for (std::size_t at = 0; at < bytes; at += kBlock) {
    const std::size_t block = std::min(kBlock, bytes - at);
    const std::uint8_t* from = rows + at;
    std::fill_n(sums, kBlock, kHalf);
    std::uint32_t j = 0;
    for (; j + 2 <= count;
         j += 2, from += 2 * stride) {  // two rows for each time the sums are stored
      const std::uint8_t* below = from + stride;
      const std::int32_t upper = weights[j];
      const std::int32_t lower = weights[j + 1];
      for (std::size_t i = 0; i < block; ++i) sums[i] += from[i] * upper + below[i] * lower;
    }
    for (; j < count; ++j, from += stride) {
      for (std::size_t i = 0; i < block; ++i) sums[i] += from[i] * weights[j];
    }
    for (std::size_t i = 0; i < block; ++i) out[at + i] = to_byte(sums[i]);
  }
}

DSPREP_CLONES
void squeeze_row_rgb(const std::uint8_t* row, std::uint32_t origin, const ResizeWeights& weights,
                     std::uint8_t* out) {
  const std::size_t size = weights.size();
  const std::uint32_t taps = weights.taps;
  const std::int32_t* values = weights.of(0);
  const std::uint32_t* first = weights.first.data();
  for (std::size_t i = 0; i < size; ++i, out += 3, values += taps) {
    const std::uint8_t* from = row + std::size_t{first[i] - origin} * 3;
    Ints4 sum = Ints4{} + kHalf;
    for (std::uint32_t j = 0; j < taps; ++j, from += 3) sum += load_pixel(from) * values[j];
    sum >>= kWeightBits;
    sum = sum < 0 ? Ints4{} : sum;
    sum = sum > 255 ? Ints4{} + 255 : sum;
    for (int c = 0; c < 3; ++c) out[c] = static_cast<std::uint8_t>(sum[c]);
  }
}

DSPREP_CLONES
void squeeze_row_gray(const std::uint8_t* row, std::uint32_t origin, const ResizeWeights& weights,
                      std::uint8_t* out) {
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const std::uint8_t* from = row + (weights.first[i] - origin);
    const std::int32_t* values = weights.of(i);
    std::int32_t sum = kHalf;
    for (std::uint32_t j = 0; j < weights.taps; ++j) sum += from[j] * values[j];
    out[i] = to_byte(sum);
  }
}

}  // namespace dsprep
