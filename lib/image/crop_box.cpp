#include "lib/image/crop_box.h"

#include <algorithm>
#include <cmath>

#include "lib/image/exact_math.h"

namespace dsprep {
namespace {

constexpr int kTries = 10;

double uniform(const std::array<double, 2>& range, Draw& draw) noexcept {
  return range[0] + (range[1] - range[0]) * draw.unit();
}

// Rounded as Python does, within [1, most]: a ratio of thousands must not make an empty box.
std::uint32_t side(double value, std::uint32_t most) noexcept {
  return static_cast<std::uint32_t>(
      std::clamp<double>(round_half_even(value), 1.0, static_cast<double>(most)));
}

}  // namespace

Box central_box(std::uint32_t width, std::uint32_t height, const std::array<double, 2>& ratio) {
  const double own = static_cast<double>(width) / height;
  Box box{0, 0, width, height};
  if (own < ratio[0]) {
    box.height = side(width / ratio[0], height);
  } else if (own > ratio[1]) {
    box.width = side(height * ratio[1], width);
  }
  box.x = (width - box.width) / 2;
  box.y = (height - box.height) / 2;
  return box;
}

Box random_resized_box(std::uint32_t width, std::uint32_t height,
                       const std::array<double, 2>& scale, const std::array<double, 2>& ratio,
                       const std::array<double, 2>& log_ratio, Draw& draw) {
  const double area = static_cast<double>(width) * height;
  for (int i = 0; i < kTries; ++i) {
    const double wanted = area * uniform(scale, draw);
    const double shape = exact_exp(uniform(log_ratio, draw));
    // IEEE square roots are exact, so these are the same everywhere
    const double across = round_half_even(std::sqrt(wanted * shape));
    const double down = round_half_even(std::sqrt(wanted / shape));
    if (across < 1 || across > width || down < 1 || down > height) continue;
    Box box;
    box.width = static_cast<std::uint32_t>(across);
    box.height = static_cast<std::uint32_t>(down);
    box.y = static_cast<std::uint32_t>(draw.below(std::uint64_t{height} - box.height + 1));
    box.x = static_cast<std::uint32_t>(draw.below(std::uint64_t{width} - box.width + 1));
    return box;
  }
  return central_box(width, height, ratio);
}

}  // namespace dsprep
