// PixelCounter: histograms, or only the moments, of interleaved 8-bit channels. One thread's;
// merging adds.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "lib/stats/moments.h"

namespace dsprep {

using PixelHistogram = std::array<std::uint64_t, 256>;

Moments moments_of(const PixelHistogram& histogram) noexcept;

class PixelCounter {
 public:
  /// Requires: 1 to 4 channels.
  PixelCounter(std::size_t channels, bool histograms);

  /// Whole pixels; what is left over is ignored.
  void add(std::span<const std::uint8_t> pixels);
  void merge(PixelCounter& other);  ///< flushes both
  void flush();

  /// The histograms of all channels; counting begins anew.
  std::vector<PixelHistogram> take();

  // After flush().
  const PixelHistogram& histogram(std::size_t channel) const { return histograms_[channel]; }
  Moments moments(std::size_t channel) const;

 private:
  void add_histograms(std::span<const std::uint8_t> pixels);
  void add_moments(std::span<const std::uint8_t> pixels);
  void drain_lanes();

  std::size_t channels_;
  bool with_histograms_;
  std::uint64_t pending_ = 0;
  // Neighbours of a channel go to different tables: an increment need not wait for the one before.
  std::vector<std::uint32_t> tables_;  // [table][channel][value]
  std::vector<PixelHistogram> histograms_;
  // Lane i holds channel i mod channels.
  std::vector<std::uint32_t> sums_, squares_;
  std::vector<std::uint8_t> least_, greatest_;
  std::vector<Moments> moments_;
};

}  // namespace dsprep
