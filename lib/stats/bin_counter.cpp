#include "lib/stats/bin_counter.h"

#include <cmath>

namespace dsprep {

BinEdges::BinEdges(double min, double max, std::size_t bins) {
  if (min == max) min -= 0.5, max += 0.5;
  const auto n = static_cast<double>(bins);
  const double width = max - min;
  const double step = std::isfinite(width) ? width / n : max / n - min / n;
  for (std::size_t i = 0; i < bins; ++i) edges_.push_back(static_cast<double>(i) * step + min);
  edges_.push_back(max);
  scale_ = step > 0 ? 1 / step : 0;
}

}  // namespace dsprep
