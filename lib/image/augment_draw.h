// What an augmentation draws for a sample, without its pixels: the GPU loader draws the same.
#pragma once

#include <array>

#include "dsprep/augment.h"
#include "lib/image/resample.h"

namespace dsprep {

/// Which part of an upright picture is shown, and how large. `log_ratio`: of options.ratio.
Resample augment_resample(std::uint32_t width, std::uint32_t height, const AugmentOptions& options,
                          const std::array<double, 2>& log_ratio, const DrawKey& key);
bool augment_flip(const AugmentOptions& options, const DrawKey& key);

}  // namespace dsprep
