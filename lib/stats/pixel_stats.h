// Statistics of pixels from the histograms of their channels. Pure functions.
#pragma once

#include <span>

#include "dsprep/stats.h"
#include "lib/stats/pixel_counter.h"

namespace dsprep {

/// All zero where there is no value.
NumberStats numbers_of(const Moments& moments);

/// Requires: a histogram of at least one pixel.
std::vector<Quantile> quantiles_of(const PixelHistogram& histogram, std::uint64_t pixels,
                                   std::span<const double> quantiles);

/// What fit_stats() makes of a field of pictures, per pixel and with quantiles, from histograms
/// that were counted while the dataset was made.
FieldStats stats_of_pixels(const Dataset& data, std::string_view field,
                           std::span<const PixelHistogram> channels,
                           std::span<const double> quantiles);

}  // namespace dsprep
