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
using Bytes4 __attribute__((vector_size(4))) = std::uint8_t;
using Bytes16 __attribute__((vector_size(16))) = std::uint8_t;
using Ints4 __attribute__((vector_size(16))) = std::int32_t;
using Ints16 __attribute__((vector_size(64))) = std::int32_t;

constexpr std::int32_t kHalf = 1 << (kWeightBits - 1);
constexpr std::size_t kLanes = 16;
constexpr std::size_t kBlocks = 4;

std::uint8_t to_byte(std::int32_t sum) noexcept {
  return static_cast<std::uint8_t>(std::clamp(sum >> kWeightBits, 0, 255));
}

}  // namespace

DSPREP_CLONES
void blend_rows(const std::uint8_t* rows, std::size_t stride, const std::int32_t* weights,
                std::uint32_t count, std::size_t bytes, std::uint8_t* out) {
  std::size_t at = 0;
  for (; at + kLanes * kBlocks <= bytes; at += kLanes * kBlocks) {
    Ints16 sums[kBlocks];
    for (Ints16& sum : sums) sum = Ints16{} + kHalf;
    const std::uint8_t* from = rows + at;
    for (std::uint32_t j = 0; j < count; ++j, from += stride) {
      for (std::size_t block = 0; block < kBlocks; ++block) {
        Bytes16 values;
        std::memcpy(&values, from + block * kLanes, kLanes);
        sums[block] += __builtin_convertvector(values, Ints16) * weights[j];
      }
    }
    for (std::size_t block = 0; block < kBlocks; ++block) {
      Ints16 sum = sums[block] >> kWeightBits;
      sum = sum < 0 ? Ints16{} : sum;
      sum = sum > 255 ? Ints16{} + 255 : sum;
      const Bytes16 values = __builtin_convertvector(sum, Bytes16);
      std::memcpy(out + at + block * kLanes, &values, kLanes);
    }
  }
  for (; at < bytes; ++at) {
    std::int32_t sum = kHalf;
    for (std::uint32_t j = 0; j < count; ++j) sum += rows[j * stride + at] * weights[j];
    out[at] = to_byte(sum);
  }
}

DSPREP_CLONES
void squeeze_row_rgb(const std::uint8_t* row, std::uint32_t origin, const ResizeWeights& weights,
                     std::uint8_t* out) {
  for (std::size_t i = 0; i < weights.size(); ++i, out += 3) {
    const std::uint8_t* from = row + std::size_t{weights.first[i] - origin} * 3;
    const std::int32_t* values = weights.of(i);
    const std::uint32_t count = weights.count[i];
    Ints4 sum = Ints4{} + kHalf;
    for (std::uint32_t j = 0; j < count; ++j, from += 3) {
      Bytes4 pixel;  // the fourth lane is the next pixel's red: computed and dropped
      std::memcpy(&pixel, from, 4);
      sum += __builtin_convertvector(pixel, Ints4) * values[j];
    }
    sum >>= kWeightBits;
    sum = sum < 0 ? Ints4{} : sum;
    sum = sum > 255 ? Ints4{} + 255 : sum;
    const Bytes4 pixel = __builtin_convertvector(sum, Bytes4);
    std::memcpy(out, &pixel, 3);
  }
}

DSPREP_CLONES
void squeeze_row_gray(const std::uint8_t* row, std::uint32_t origin, const ResizeWeights& weights,
                      std::uint8_t* out) {
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const std::uint8_t* from = row + (weights.first[i] - origin);
    const std::int32_t* values = weights.of(i);
    std::int32_t sum = kHalf;
    for (std::uint32_t j = 0; j < weights.count[i]; ++j) sum += from[j] * values[j];
    out[i] = to_byte(sum);
  }
}

}  // namespace dsprep
