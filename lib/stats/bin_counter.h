// BinCounter: a histogram of equal bins, as numpy.histogram counts. One thread's; merging adds.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "dsprep/stats.h"
#include "lib/stats/number_layout.h"

namespace dsprep {

/// The edges, shared by all threads.
class BinEdges {
 public:
  /// Requires: min ≤ max, bins > 0. Throws kUsage for more than 2^20 bins. Where both are equal, they
  /// are moved apart by a half each.
  BinEdges(double min, double max, std::size_t bins);
  /// Requires: min ≤ value ≤ max.
  std::size_t bin(double value) const noexcept {
    if (scale_ == 0) return searched(value);
    auto i = static_cast<std::size_t>((value - edges_.front()) * scale_);
    i = std::min(i, bins() - 1);
    // The product may be off by a rounding; the edges say.
    if (i > 0 && value < edges_[i]) return i - 1;
    if (i + 1 < bins() && value >= edges_[i + 1]) return i + 1;
    return i;
  }
  std::size_t bins() const noexcept { return edges_.size() - 1; }
  double min() const noexcept { return edges_.front(); }
  double max() const noexcept { return edges_.back(); }

 private:
  std::size_t searched(double value) const noexcept {
    const auto above = std::upper_bound(edges_.begin() + 1, edges_.end() - 1, value);
    return static_cast<std::size_t>(above - edges_.begin()) - 1;
  }

  std::vector<double> edges_;
  double scale_;  // bins in 1; 0 where they are too wide or too narrow for a product
};

/// Counts the finite ones of `rows` elements, `stride` bytes apart.
template <class L>
void count_bins(const BinEdges& edges, const std::byte* first, std::size_t stride, std::size_t rows,
                std::span<std::uint64_t> counts) {
  for (std::size_t row = 0; row < rows; ++row) {
    const typename L::Raw raw = L::load(first + row * stride);
    if (L::finite(raw)) ++counts[edges.bin(L::number(raw))];
  }
}

}  // namespace dsprep
