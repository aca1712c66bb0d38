#include "lib/stats/bin_counter.h"

#include <cmath>
#include <string>

#include "dsprep/error.h"

namespace dsprep {
namespace {

constexpr std::size_t kMostBins = 1 << 20;  // each feature and each thread has them

}  // namespace

BinEdges::BinEdges(double min, double max, std::size_t bins) {
  if (bins > kMostBins)
    throw Error(ErrorCode::kUsage,
                "a histogram has " + std::to_string(kMostBins) + " bins at most");
  if (min == max) min -= 0.5, max += 0.5;
  const auto n = static_cast<double>(bins);
  const double width = max - min;
  const bool narrow = std::isfinite(width);
  const double step = width / n;
  for (std::size_t i = 0; i < bins; ++i) {
    const auto at = static_cast<double>(i);
    edges_.push_back(narrow ? at * step + min : max * (at / n) + min * ((n - at) / n));
  }
  edges_.push_back(max);
  scale_ = narrow && std::isfinite(1 / step) ? 1 / step : 0;
}

}  // namespace dsprep
