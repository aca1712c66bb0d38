#include "lib/image/pixel_output.h"

#include <cstring>

namespace dsprep {
namespace {

// One row of one channel; `from` steps over pixels by `step` bytes, backwards where flipped.
void convert_row(const std::uint8_t* from, std::ptrdiff_t step, std::uint32_t width, float scale,
                 float offset, float* to) noexcept {
  for (std::uint32_t x = 0; x < width; ++x, from += step) {
    to[x] = static_cast<float>(*from) * scale + offset;
  }
}

void copy_row(const std::uint8_t* from, std::ptrdiff_t step, std::uint32_t width,
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

}  // namespace

void write_pixels(const Image& rgb, PixelLayout layout, bool flip,
                  const std::array<float, 3>& scale, const std::array<float, 3>& offset,
                  std::span<std::byte> out) {
  auto* bytes = reinterpret_cast<std::uint8_t*>(out.data());
  if (layout == PixelLayout::kByteHwc) return write_hwc(rgb, flip, bytes);
  auto* floats = reinterpret_cast<float*>(out.data());
  const std::size_t plane = std::size_t{rgb.width} * rgb.height;
  const std::ptrdiff_t step = flip ? -3 : 3;
  for (std::uint32_t y = 0; y < rgb.height; ++y) {
    const std::uint8_t* row = rgb.row(y) + (flip ? rgb.row_bytes() - 3 : 0);
    for (std::size_t c = 0; c < 3; ++c) {
      const std::size_t at = c * plane + std::size_t{y} * rgb.width;
      if (layout == PixelLayout::kFloatChw) {
        convert_row(row + c, step, rgb.width, scale[c], offset[c], floats + at);
      } else {
        copy_row(row + c, step, rgb.width, bytes + at);
      }
    }
  }
}

}  // namespace dsprep
