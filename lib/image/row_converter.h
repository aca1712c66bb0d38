// Rows of 8-bit gray, gray + alpha, RGB or RGBA to what was asked for, over the background.
#pragma once

#include "lib/image/codec.h"

namespace dsprep {

class RowConverter {
 public:
  /// `channels`: of the rows that come in, 1 to 4. `premultiplied`: colours hold their alpha
  /// already.
  RowConverter(const DecodeOptions& options, std::uint32_t width, std::uint32_t channels,
               bool premultiplied = false)
      : width_(width),
        in_(channels),
        gray_(options.color == ColorMode::kGray),
        premultiplied_(premultiplied),
        background_(options.background) {}

  /// Rows come in as they go out.
  bool copies() const noexcept { return in_ == (gray_ ? 1U : 3U); }

  void convert(const std::uint8_t* from, std::uint8_t* to) const noexcept;

 private:
  unsigned over(unsigned value, unsigned alpha, unsigned below) const noexcept;

  std::uint32_t width_;
  std::uint32_t in_;
  bool gray_;
  bool premultiplied_;
  Rgb background_;
};

}  // namespace dsprep
