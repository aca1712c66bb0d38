#include "lib/image/color_jitter.h"

#include <algorithm>
#include <utility>

namespace dsprep {
namespace {

std::uint8_t cut(float value) noexcept {
  return static_cast<std::uint8_t>(std::clamp(value, 0.0F, 255.0F));
}

// Luma as torchvision weighs it, a whole number.
float gray_of(const std::uint8_t* rgb) noexcept {
  const float sum = static_cast<float>(rgb[0]) * 0.2989F + static_cast<float>(rgb[1]) * 0.587F +
                    static_cast<float>(rgb[2]) * 0.114F;
  return static_cast<float>(static_cast<int>(sum));
}

std::uint8_t blend(std::uint8_t value, float other, double ratio) noexcept {
  return cut(static_cast<float>(value) * static_cast<float>(ratio) +
             other * static_cast<float>(1.0 - ratio));
}

struct Hsv {
  float h;
  float s;
  float v;
};

Hsv to_hsv(float r, float g, float b) noexcept {
  const float most = std::max({r, g, b});
  const float least = std::min({r, g, b});
  const float range = most - least;
  if (range == 0.0F) return {0.0F, 0.0F, most};
  const float rc = (most - r) / range;
  const float gc = (most - g) / range;
  const float bc = (most - b) / range;
  float h = 0.0F;
  if (most == r) {
    h = bc - gc;
  } else if (most == g) {
    h = 2.0F + rc - bc;
  } else {
    h = 4.0F + gc - rc;
  }
  h = h / 6.0F + 1.0F;
  return {h >= 1.0F ? h - 1.0F : h, range / most, most};
}

std::array<float, 3> to_rgb(const Hsv& in) noexcept {
  const float h6 = in.h * 6.0F;
  const int sector = std::min(static_cast<int>(h6), 5);
  const float f = h6 - static_cast<float>(sector);
  const auto unit = [](float x) { return std::clamp(x, 0.0F, 1.0F); };
  const float p = unit(in.v * (1.0F - in.s));
  const float q = unit(in.v * (1.0F - in.s * f));
  const float t = unit(in.v * (1.0F - in.s * (1.0F - f)));
  switch (sector) {
    case 0:
      return {in.v, t, p};
    case 1:
      return {q, in.v, p};
    case 2:
      return {p, in.v, t};
    case 3:
      return {p, q, in.v};
    case 4:
      return {t, p, in.v};
    default:
      return {in.v, p, q};
  }
}

}  // namespace

JitterPlan draw_jitter(const ColorJitter& jitter, Draw& draw) {
  JitterPlan plan;
  for (std::size_t i = 0; i < plan.order.size(); ++i) plan.order[i] = static_cast<JitterStep>(i);
  for (std::size_t i = plan.order.size() - 1; i > 0; --i) {  // Fisher and Yates
    std::swap(plan.order[i], plan.order[draw.below(i + 1)]);
  }
  const double amounts[] = {jitter.brightness, jitter.contrast, jitter.saturation, jitter.hue};
  for (std::size_t i = 0; i < plan.value.size(); ++i) {
    const double center = i == static_cast<std::size_t>(JitterStep::kHue) ? 0.0 : 1.0;
    const double low = center == 0.0 ? -amounts[i] : std::max(0.0, center - amounts[i]);
    plan.value[i] = low + (center + amounts[i] - low) * draw.unit();
    plan.active[i] = amounts[i] > 0;
  }
  return plan;
}

void apply_jitter(const JitterPlan& plan, std::span<std::uint8_t> rgb) {
  using Step = void (*)(std::span<std::uint8_t>, double);
  constexpr Step kSteps[] = {adjust_brightness, adjust_contrast, adjust_saturation, adjust_hue};
  for (const JitterStep step : plan.order) {
    const auto i = static_cast<std::size_t>(step);
    if (plan.active[i]) kSteps[i](rgb, plan.value[i]);
  }
}

void adjust_brightness(std::span<std::uint8_t> rgb, double factor) {
  const auto ratio = static_cast<float>(factor);
  for (std::uint8_t& value : rgb) value = cut(static_cast<float>(value) * ratio);
}

void adjust_contrast(std::span<std::uint8_t> rgb, double factor) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i + 2 < rgb.size(); i += 3) {
    sum += static_cast<std::uint64_t>(gray_of(&rgb[i]));
  }
  const double pixels = static_cast<double>(rgb.size() / 3);
  const auto mean = static_cast<float>(static_cast<double>(sum) / std::max(pixels, 1.0));
  for (std::uint8_t& value : rgb) value = blend(value, mean, factor);
}

void adjust_saturation(std::span<std::uint8_t> rgb, double factor) {
  for (std::size_t i = 0; i + 2 < rgb.size(); i += 3) {
    const float gray = gray_of(&rgb[i]);
    for (std::size_t c = 0; c < 3; ++c) rgb[i + c] = blend(rgb[i + c], gray, factor);
  }
}

void adjust_hue(std::span<std::uint8_t> rgb, double turn) {
  if (turn == 0) return;
  const auto shift = static_cast<float>(turn < 0 ? turn + 1.0 : turn);
  for (std::size_t i = 0; i + 2 < rgb.size(); i += 3) {
    Hsv hsv = to_hsv(static_cast<float>(rgb[i]) / 255.0F, static_cast<float>(rgb[i + 1]) / 255.0F,
                     static_cast<float>(rgb[i + 2]) / 255.0F);
    hsv.h += shift;
    if (hsv.h >= 1.0F) hsv.h -= 1.0F;
    const std::array<float, 3> turned = to_rgb(hsv);
    // the last half step of 255.999 that torchvision's conversion to uint8 has
    for (std::size_t c = 0; c < 3; ++c) rgb[i + c] = cut(turned[c] * (255.0F + 1.0F - 1e-3F));
  }
}

}  // namespace dsprep
