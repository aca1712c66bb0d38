// Quantiles by numpy's method "linear", from sorted places. Pure functions.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

#include "dsprep/error.h"

namespace dsprep {

struct QuantilePlace {
  std::uint64_t below = 0;  ///< rank from 0
  std::uint64_t above = 0;
  double fraction = 0;  ///< between the two
};

/// Requires: count > 0, 0 ≤ q ≤ 1.
inline QuantilePlace quantile_place(std::uint64_t count, double q) {
  const double at = static_cast<double>(count - 1) * q;
  const double floor = std::floor(at);
  const std::uint64_t below = std::min(static_cast<std::uint64_t>(floor), count - 1);
  return {below, std::min(below + 1, count - 1), at - floor};
}

/// numpy's own formula, so that the same double comes out.
inline double interpolate(double below, double above, double fraction) {
  const double step = above - below;
  return fraction >= 0.5 ? above - step * (1 - fraction) : below + step * fraction;
}

inline void check_quantiles(std::span<const double> quantiles) {
  if (quantiles.size() > 100) throw Error(ErrorCode::kUsage, "more than 100 quantiles");
  for (const double q : quantiles) {
    if (!(q >= 0 && q <= 1))
      throw Error(ErrorCode::kUsage, "a quantile is between 0 and 1, not " + std::to_string(q));
  }
}

/// The ranks that the quantiles need, each once, rising.
inline std::vector<std::uint64_t> ranks_of(std::uint64_t count, std::span<const double> quantiles) {
  std::vector<std::uint64_t> ranks;
  for (const double q : quantiles) {
    const QuantilePlace place = quantile_place(count, q);
    ranks.insert(ranks.end(), {place.below, place.above});
  }
  std::ranges::sort(ranks);
  const auto rest = std::ranges::unique(ranks);
  ranks.erase(rest.begin(), rest.end());
  return ranks;
}

}  // namespace dsprep
