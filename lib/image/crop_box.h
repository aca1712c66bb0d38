// Which part of a picture is shown: torchvision's RandomResizedCrop, without its libm.
#pragma once

#include <array>
#include <cstdint>

#include "dsprep/draw.h"

namespace dsprep {

/// A rectangle of whole pixels.
struct Box {
  std::uint32_t x = 0;
  std::uint32_t y = 0;
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  friend bool operator==(const Box&, const Box&) = default;
};

/// The largest centred box of an allowed ratio: what RandomResizedCrop falls back to.
Box central_box(std::uint32_t width, std::uint32_t height, const std::array<double, 2>& ratio);

/// Ten tries of an area from `scale` (uniform) and a ratio from exp(`log_ratio`) (log-uniform);
/// where none fits, central_box.
Box random_resized_box(std::uint32_t width, std::uint32_t height,
                       const std::array<double, 2>& scale, const std::array<double, 2>& ratio,
                       const std::array<double, 2>& log_ratio, Draw& draw);

}  // namespace dsprep
