#include "lib/image/pixel_output.h"

#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace dsprep {
namespace {

// Pixels [begin, width) of the result.
void float_rest(const std::uint8_t* rgb, std::uint32_t begin, std::uint32_t width, bool flip,
                const Normalizer& normalizer, float* const* out) noexcept {
  for (std::size_t c = 0; c < 3; ++c) {
    for (std::uint32_t x = begin; x < width; ++x) {
      const std::uint8_t value = rgb[std::size_t{flip ? width - 1 - x : x} * 3 + c];
      out[c][x] = static_cast<float>(value) * normalizer.gain[c] + normalizer.offset[c];
    }
  }
}

void float_row_portable(const std::uint8_t* rgb, std::uint32_t width, bool flip,
                        const Normalizer& normalizer, float* const* out) {
  float_rest(rgb, 0, width, flip, normalizer, out);
}

#if defined(__x86_64__)

// Eight pixels at once: four in each half, one channel after the other.
__attribute__((target("avx2"))) void float_row_avx2(const std::uint8_t* rgb, std::uint32_t width,
                                                    bool flip, const Normalizer& normalizer,
                                                    float* const* out) {
  // where the red of pixels 0 to 3 stands in bytes 0 to 15, and of 4 to 7 in bytes 8 to 23
  const __m256i forward = _mm256_setr_epi32(0, 3, 6, 9, 4, 7, 10, 13);
  const __m256i backward = _mm256_setr_epi32(13, 10, 7, 4, 9, 6, 3, 0);
  const __m256i high = _mm256_set1_epi32(static_cast<int>(0xffffff00));  // those bytes become 0
  const __m256i red = _mm256_or_si256(flip ? backward : forward, high);
  std::uint32_t x = 0;
  for (; x + 8 <= width; x += 8) {
    const std::uint8_t* from = rgb + std::size_t{flip ? width - 8 - x : x} * 3;
    const __m128i first = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
    const __m128i second = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from + 8));
    const __m256i both = flip ? _mm256_set_m128i(first, second) : _mm256_set_m128i(second, first);
    for (int c = 0; c < 3; ++c) {
      const __m256i at = _mm256_add_epi32(red, _mm256_set1_epi32(c));
      const __m256 values = _mm256_cvtepi32_ps(_mm256_shuffle_epi8(both, at));
      const auto channel = static_cast<std::size_t>(c);
      const __m256 scaled = _mm256_mul_ps(values, _mm256_set1_ps(normalizer.gain[channel]));
      _mm256_storeu_ps(out[c] + x,
                       _mm256_add_ps(scaled, _mm256_set1_ps(normalizer.offset[channel])));
    }
  }
  float_rest(rgb, x, width, flip, normalizer, out);
}

#endif

void copy_channel(const std::uint8_t* from, std::ptrdiff_t step, std::uint32_t width,
                  std::uint8_t* to) noexcept {
  for (std::uint32_t x = 0; x < width; ++x, from += step) to[x] = *from;
}

void write_hwc(const Image& rgb, bool flip, std::uint8_t* out) noexcept {
  if (!flip) {
    std::memcpy(out, rgb.pixels.data(), rgb.pixels.size());
    return;
  }
  for (std::uint32_t y = 0; y < rgb.height; ++y) {
    const std::uint8_t* from = rgb.row(y) + rgb.row_bytes();
    for (std::uint32_t x = 0; x < rgb.width; ++x, out += 3) {
      from -= 3;
      std::memcpy(out, from, 3);
    }
  }
}

void write_planes(const Image& rgb, bool flip, std::uint8_t* out) noexcept {
  const std::size_t plane = std::size_t{rgb.width} * rgb.height;
  for (std::uint32_t y = 0; y < rgb.height; ++y) {
    const std::uint8_t* row = rgb.row(y) + (flip ? rgb.row_bytes() - 3 : 0);
    for (std::size_t c = 0; c < 3; ++c) {
      copy_channel(row + c, flip ? -3 : 3, rgb.width, out + c * plane + y * std::size_t{rgb.width});
    }
  }
}

void write_floats(const Image& rgb, bool flip, const Normalizer& normalizer, float* out) {
  const FloatRow convert = float_rows().back();
  const std::size_t plane = std::size_t{rgb.width} * rgb.height;
  for (std::uint32_t y = 0; y < rgb.height; ++y, out += rgb.width) {
    float* const rows[3] = {out, out + plane, out + 2 * plane};
    convert(rgb.row(y), rgb.width, flip, normalizer, rows);
  }
}

}  // namespace

std::span<const FloatRow> float_rows() noexcept {
  static constexpr FloatRow kAll[] = {
    float_row_portable,
#if defined(__x86_64__)
    float_row_avx2
#endif
  };
#if defined(__x86_64__)
  static const std::size_t count = __builtin_cpu_supports("avx2") ? 2 : 1;
#else
  static const std::size_t count = 1;
#endif
  return {kAll, count};
}

void write_pixels(const Image& rgb, PixelLayout layout, bool flip, const Normalizer& normalizer,
                  std::span<std::byte> out) {
  switch (layout) {
    case PixelLayout::kFloatChw:
      return write_floats(rgb, flip, normalizer, reinterpret_cast<float*>(out.data()));
    case PixelLayout::kByteHwc:
      return write_hwc(rgb, flip, reinterpret_cast<std::uint8_t*>(out.data()));
    case PixelLayout::kByteChw:
      return write_planes(rgb, flip, reinterpret_cast<std::uint8_t*>(out.data()));
  }
}

}  // namespace dsprep
