// NumberSums: mean and deviation from exact sums, rounded once at the end. Also what key stands for
// what number.
#pragma once

#include "lib/stats/number_column.h"

namespace dsprep {

struct MeanAndDeviation {
  std::uint64_t count = 0;
  double mean = 0;
  double deviation = 0;  ///< square root of (n·Σx² − (Σx)²) / (n·(n−1)); NaN where count is 1
};
/// Σ x and Σ x² as integers of as many bits as it takes (4,300 for float64), scaled by the dtype's
/// smallest step. Requires: flushed.
MeanAndDeviation mean_and_deviation(const NumberLayout& layout, const NumberColumn& column);

}  // namespace dsprep
