#include "tools/canvas.h"

#include <algorithm>

#include "tools/font.h"

namespace dsprep {
namespace {

constexpr std::uint32_t kDot = 2;  // pixels of a letter's dot

bool continues(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

}  // namespace

Canvas::Canvas(std::uint32_t width, std::uint32_t height) {
  image_.reshape(width, height, 3);
  std::ranges::fill(image_.pixels, std::uint8_t{255});
}

void Canvas::dot(std::uint32_t x, std::uint32_t y, const Rgb& color) noexcept {
  if (x >= image_.width || y >= image_.height) return;
  std::ranges::copy(color, image_.row(y) + std::size_t{x} * 3);
}

void Canvas::frame(std::uint32_t x, std::uint32_t y, std::uint32_t width, std::uint32_t height,
                   const Rgb& color) noexcept {
  for (std::uint32_t i = 0; i < width; ++i) {
    dot(x + i, y, color);
    dot(x + i, y + height - 1, color);
  }
  for (std::uint32_t i = 0; i < height; ++i) {
    dot(x, y + i, color);
    dot(x + width - 1, y + i, color);
  }
}

void Canvas::cross(std::uint32_t x, std::uint32_t y, std::uint32_t side,
                   const Rgb& color) noexcept {
  frame(x, y, side, side, color);
  for (std::uint32_t i = 0; i < side; ++i) {
    dot(x + i, y + i, color);
    dot(x + i, y + side - 1 - i, color);
  }
}

void Canvas::text(std::uint32_t x, std::uint32_t y, std::string_view text, const Rgb& color,
                  std::size_t most) noexcept {
  const auto letters =
      static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return !continues(c); }));
  std::size_t drawn = 0;
  for (const char c : text) {
    if (continues(c)) continue;
    if (drawn == most) return;
    ++drawn;
    const char letter = drawn == most && letters > most ? '~' : c;
    for (std::uint32_t row = 0; row < kGlyphRows; ++row) {
      const unsigned dots = glyph_row(static_cast<unsigned char>(letter), row);
      for (std::uint32_t i = 0; i < kGlyphColumns * kDot * kDot; ++i) {
        const std::uint32_t column = i / (kDot * kDot);
        if ((dots >> (kGlyphColumns - 1 - column) & 1) == 0) continue;
        dot(x + column * kDot + i % kDot, y + row * kDot + i / kDot % kDot, color);
      }
    }
    x += kLetterWidth;
  }
}

void Canvas::picture(const Image& picture, std::uint32_t x, std::uint32_t y, std::uint32_t width,
                     std::uint32_t height) {
  const ResizePlan plan =
      plan_resize(picture.width, picture.height, {width, height}, Fit::kStretch);
  resize(picture, plan, Filter::kBilinear, kWhite, scratch_, scaled_);
  for (std::uint32_t row = 0; row < height; ++row) {
    for (std::uint32_t column = 0; column < width; ++column) {
      const std::uint8_t* pixel = scaled_.row(row) + std::size_t{column} * scaled_.channels;
      const bool gray = scaled_.channels == 1;
      dot(x + column, y + row, {pixel[0], pixel[gray ? 0 : 1], pixel[gray ? 0 : 2]});
    }
  }
}

}  // namespace dsprep
