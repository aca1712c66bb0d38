// Moments: count, sum and sum of squares of integers, exact, so that merging in any order gives the
// same. Value type.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>

#include "formats/common/wide.h"

namespace dsprep {

/// Exact for any int64 values as long as fewer than 2^63 are added.
class Moments {
 public:
  void add(std::int64_t value, std::uint64_t times = 1) noexcept;
  /// `count` values whose sums are known; requires: count > 0.
  void add_sums(std::uint64_t count, SignedWide sum, Wide squares, std::int64_t least,
                std::int64_t greatest) noexcept;
  void merge(const Moments& other) noexcept;

  std::uint64_t count() const noexcept { return count_; }
  std::int64_t min() const noexcept { return min_; }  ///< requires: count() > 0, as max(), mean()
  std::int64_t max() const noexcept { return max_; }
  double mean() const noexcept;
  /// Square root of the unbiased variance: (n·Σx² − (Σx)²) / (n·(n−1)), its numerator exact. NaN
  /// where count() < 2.
  double standard_deviation() const noexcept;

 private:
  void add_squares(Wide low, std::uint64_t high) noexcept;

  std::uint64_t count_ = 0;
  SignedWide sum_ = 0;
  Wide squares_low_ = 0;  // Σx² = low + high · 2^128
  std::uint64_t squares_high_ = 0;
  std::int64_t min_ = std::numeric_limits<std::int64_t>::max();
  std::int64_t max_ = std::numeric_limits<std::int64_t>::min();
};

}  // namespace dsprep
