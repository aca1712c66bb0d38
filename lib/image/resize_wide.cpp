#include "lib/image/resize_wide.h"

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

constexpr std::int32_t kHalf = 1 << (kWideBits - 1);
constexpr std::size_t kBlock = 128;  // columns whose sums stay in the nearest cache

std::uint8_t to_byte(std::int32_t sum) noexcept {
  return static_cast<std::uint8_t>(std::clamp(sum >> kWideBits, 0, 255));
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
void blend_wide(const std::uint8_t* const* rows, const std::int32_t* weights, std::uint32_t count,
                std::size_t bytes, std::uint8_t* out) {
  std::int32_t sums[kBlock];
  for (std::size_t at = 0; at < bytes; at += kBlock) {
    const std::size_t block = std::min(kBlock, bytes - at);
    std::fill_n(sums, kBlock, kHalf);
    for (std::uint32_t j = 0; j + 2 <= count; j += 2) {  // two rows each time the sums are stored
      const std::uint8_t* above = rows[j] + at;
      const std::uint8_t* below = rows[j + 1] + at;
      const std::int32_t upper = weights[j];
      const std::int32_t lower = weights[j + 1];
      for (std::size_t i = 0; i < block; ++i) sums[i] += above[i] * upper + below[i] * lower;
    }
    for (std::size_t i = 0; i < block; ++i) out[at + i] = to_byte(sums[i]);
  }
}

DSPREP_CLONES
void squeeze_wide(const std::uint8_t* row, std::uint32_t origin, const ResizeWeights& weights,
                  std::uint32_t channels, std::uint8_t* out) {
  const std::int32_t* values = weights.wide.data();
  for (std::size_t i = 0; i < weights.size(); ++i, out += channels, values += weights.taps) {
    const std::uint8_t* from = row + std::size_t{weights.first[i] - origin} * channels;
    Ints4 sum = Ints4{} + kHalf;
    for (std::uint32_t j = 0; j < weights.taps; ++j, from += channels) {
      sum += load_pixel(from) * values[j];
    }
    for (std::uint32_t c = 0; c < channels; ++c) out[c] = to_byte(sum[c]);
  }
}

}  // namespace dsprep
