// Colour jitter on 8-bit RGB, as torchvision's v2 functions do it on uint8 tensors: float32
// arithmetic, cut (not rounded) to bytes after every step.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "dsprep/augment.h"

namespace dsprep {

enum class JitterStep : std::uint8_t { kBrightness, kContrast, kSaturation, kHue };

/// What was drawn for one picture.
struct JitterPlan {
  std::array<JitterStep, 4> order = {};
  std::array<double, 4> value = {};  ///< by JitterStep
  std::array<bool, 4> active = {};   ///< by JitterStep
};

/// Draws the order and then every value in the order of JitterStep, whether active or not.
JitterPlan draw_jitter(const ColorJitter& jitter, Draw& draw);
/// Changes RGB pixels in place. Requires: a multiple of 3 bytes.
void apply_jitter(const JitterPlan& plan, std::span<std::uint8_t> rgb);

void adjust_brightness(std::span<std::uint8_t> rgb, double factor);
void adjust_contrast(std::span<std::uint8_t> rgb, double factor);
void adjust_saturation(std::span<std::uint8_t> rgb, double factor);
void adjust_hue(std::span<std::uint8_t> rgb, double turn);

}  // namespace dsprep
