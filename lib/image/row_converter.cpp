#include "lib/image/row_converter.h"

#include <algorithm>

namespace dsprep {

unsigned RowConverter::over(unsigned value, unsigned alpha, unsigned below) const noexcept {
  const unsigned own = premultiplied_ ? value * 255 : value * alpha;
  return std::min((own + below * (255 - alpha) + 127) / 255, 255U);
}

void RowConverter::convert(const std::uint8_t* from, std::uint8_t* to) const noexcept {
  const bool alpha = in_ == 2 || in_ == 4;
  for (std::uint32_t x = 0; x < width_; ++x, from += in_) {
    std::uint8_t rgb[3];
    for (std::size_t c = 0; c < 3; ++c) {
      const unsigned value = from[in_ >= 3 ? c : 0];
      rgb[c] =
          static_cast<std::uint8_t>(alpha ? over(value, from[in_ - 1], background_[c]) : value);
    }
    if (gray_) {
      *to++ = luma(rgb[0], rgb[1], rgb[2]);
    } else {
      to = std::copy_n(rgb, 3, to);
    }
  }
}

}  // namespace dsprep
