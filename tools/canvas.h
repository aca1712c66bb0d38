// Canvas: an RGB picture to draw on, for contact sheets.
#pragma once

#include <string_view>

#include "dsprep/image.h"
#include "dsprep/resize.h"

namespace dsprep {

/// One thread. What lies outside is cut off.
class Canvas {
 public:
  static constexpr std::uint32_t kLetterWidth = 12, kLetterHeight = 14;
  static constexpr Rgb kWhite = {255, 255, 255}, kBlack = {0, 0, 0}, kGray = {150, 150, 150},
                       kRed = {210, 40, 40};

  Canvas(std::uint32_t width, std::uint32_t height);

  const Image& image() const noexcept { return image_; }
  std::uint32_t width() const noexcept { return image_.width; }
  void dot(std::uint32_t x, std::uint32_t y, const Rgb& color) noexcept;
  /// A line of one pixel around width x height pixels from (x, y).
  void frame(std::uint32_t x, std::uint32_t y, std::uint32_t width, std::uint32_t height,
             const Rgb& color) noexcept;
  void cross(std::uint32_t x, std::uint32_t y, std::uint32_t side, const Rgb& color) noexcept;
  /// UTF-8; a character that is not ASCII is one box. At most `most` letters, the last then '~'.
  void text(std::uint32_t x, std::uint32_t y, std::string_view text, const Rgb& color,
            std::size_t most = 1000) noexcept;
  /// The picture, RGB or gray, scaled to exactly that size.
  void picture(const Image& picture, std::uint32_t x, std::uint32_t y, std::uint32_t width,
               std::uint32_t height);

 private:
  Image image_;
  Image scaled_;
  ResizeScratch scratch_;
};

}  // namespace dsprep
