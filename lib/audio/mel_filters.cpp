#include "lib/audio/mel_filters.h"

#include <algorithm>
#include <string>

#include "dsprep/error.h"
#include "lib/image/exact_math.h"

namespace dsprep {
namespace {

constexpr double kLn10 = 2.30258509299404568402;

// Slaney's scale: 200 / 3 Hz a step up to 1000 Hz (15 steps), then 27 steps a factor of 6.4.
constexpr double kLinearStep = 200.0 / 3.0;
constexpr double kLogFrom = 1000.0;
double slaney_step() { return exact_log(6.4) / 27.0; }

double mel_of(double hz, MelScale scale) {
  if (scale == MelScale::kHtk) return 2595.0 * (exact_log(1.0 + hz / 700.0) / kLn10);
  if (hz < kLogFrom) return hz / kLinearStep;
  return kLogFrom / kLinearStep + exact_log(hz / kLogFrom) / slaney_step();
}

double hz_of(double mel, MelScale scale) {
  if (scale == MelScale::kHtk) return 700.0 * (exact_exp(mel / 2595.0 * kLn10) - 1.0);
  const double from = kLogFrom / kLinearStep;
  return mel < from ? mel * kLinearStep : kLogFrom * exact_exp((mel - from) * slaney_step());
}

// numpy.linspace over the scale.
std::vector<double> corners_of(const MelOptions& options) {
  const double low = mel_of(options.low_hz, options.scale);
  const double high = mel_of(options.high_hz, options.scale);
  std::vector<double> corners;
  for (std::uint32_t i = 0; i < options.mels + 2; ++i)
    corners.push_back(hz_of(low + (high - low) * i / (options.mels + 1), options.scale));
  return corners;
}

MelFilter triangle(double left, double middle, double right, const MelOptions& options) {
  MelFilter filter;
  const double height = options.norm == MelNorm::kSlaney ? 2.0 / (right - left) : 1.0;
  for (std::size_t k = 0; k <= options.fft / 2; ++k) {
    const double hz = static_cast<double>(k) * options.rate / options.fft;
    const double weight = std::min((hz - left) / (middle - left), (right - hz) / (right - middle));
    if (!(weight > 0)) continue;
    if (filter.weights.empty()) filter.first = k;
    filter.weights.push_back(height * weight);
  }
  return filter;
}

}  // namespace

std::vector<MelFilter> mel_filters(const MelOptions& options) {
  const std::vector<double> corners = corners_of(options);
  std::vector<MelFilter> filters;
  for (std::uint32_t m = 0; m < options.mels; ++m) {
    filters.push_back(triangle(corners[m], corners[m + 1], corners[m + 2], options));
    if (!filters.back().weights.empty()) continue;
    throw Error(ErrorCode::kUsage,
                "band " + std::to_string(m) + " of " + std::to_string(options.mels) +
                    " falls between two frequencies of a transform of " +
                    std::to_string(options.fft) + " samples",
                {}, "take fewer bands, or a longer transform");
  }
  return filters;
}

}  // namespace dsprep
