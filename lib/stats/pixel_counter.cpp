#include "lib/stats/pixel_counter.h"

#include <algorithm>
#include <utility>

#include "lib/data/simd.h"

namespace dsprep {
namespace {

constexpr std::size_t kTables = 4;
constexpr std::uint64_t kMostPending = std::uint64_t{1}
                                       << 30;  // pixels, before 32 bits could overflow
constexpr std::size_t kLanesAChannel = 64;
// 255² · 2^16 is below 2^32.
constexpr std::uint64_t kMostPeriods = std::uint64_t{1} << 16;

// A period is kLanesAChannel pixels. kTogether periods are added up before memory is touched: their
// sums fit 16 bits, a square fits 16 bits, the squares' sums 32.
template <std::size_t kLanes, std::size_t kTogether>
struct LaneSums {
  DSPREP_INLINE static void run(const std::uint8_t* __restrict pixels,
                                std::uint32_t* __restrict sums, std::uint32_t* __restrict squares,
                                std::uint8_t* __restrict least, std::uint8_t* __restrict greatest) {
    for (std::size_t i = 0; i < kLanes; ++i) {
      std::uint16_t sum = 0;
      std::uint32_t square = 0;
      std::uint8_t low = least[i], high = greatest[i];
      for (std::size_t k = 0; k < kTogether; ++k) {
        const std::uint8_t value = pixels[k * kLanes + i];
        const auto wide = static_cast<std::uint16_t>(value);
        sum = static_cast<std::uint16_t>(sum + wide);
        square += static_cast<std::uint16_t>(wide * wide);
        low = value < low ? value : low;
        high = value > high ? value : high;
      }
      sums[i] += sum;
      squares[i] += square;
      least[i] = low;
      greatest[i] = high;
    }
  }
};

template <std::size_t kChannels>
struct AllLaneSums {
  static constexpr std::size_t kLanes = kLanesAChannel * kChannels;
  static constexpr std::size_t kTogether = 8;
  DSPREP_INLINE static void run(const std::uint8_t* pixels, std::size_t periods,
                                std::uint32_t* sums, std::uint32_t* squares, std::uint8_t* least,
                                std::uint8_t* greatest) {
    for (; periods >= kTogether; periods -= kTogether, pixels += kTogether * kLanes)
      LaneSums<kLanes, kTogether>::run(pixels, sums, squares, least, greatest);
    for (; periods != 0; --periods, pixels += kLanes)
      LaneSums<kLanes, 1>::run(pixels, sums, squares, least, greatest);
  }
};

template <std::size_t kChannels>
void count_pixels(const std::uint8_t* pixels, std::size_t count, std::uint32_t* tables) {
  constexpr std::size_t kTable = kChannels * 256;
  std::size_t i = 0;
  for (; i + kTables <= count; i += kTables) {
    for (std::size_t t = 0; t < kTables; ++t) {
      for (std::size_t c = 0; c < kChannels; ++c)
        ++tables[t * kTable + c * 256 + pixels[(i + t) * kChannels + c]];
    }
  }
  for (; i < count; ++i) {
    for (std::size_t c = 0; c < kChannels; ++c) ++tables[c * 256 + pixels[i * kChannels + c]];
  }
}

}  // namespace

PixelCounter::PixelCounter(std::size_t channels, bool histograms)
    : channels_(channels), with_histograms_(histograms), histograms_(channels), moments_(channels) {
  if (histograms) {
    tables_.resize(kTables * channels * 256);
    return;
  }
  sums_.resize(kLanesAChannel * channels);
  squares_.resize(sums_.size());
  least_.assign(sums_.size(), 255);
  greatest_.assign(sums_.size(), 0);
}

void PixelCounter::add(std::span<const std::uint8_t> pixels) {
  with_histograms_ ? add_histograms(pixels) : add_moments(pixels);
}

void PixelCounter::add_histograms(std::span<const std::uint8_t> pixels) {
  std::uint64_t left = pixels.size() / channels_;
  const std::uint8_t* at = pixels.data();
  while (left != 0) {
    const std::uint64_t now = std::min(left, kMostPending - pending_);
    switch (channels_) {
      case 1:
        count_pixels<1>(at, now, tables_.data());
        break;
      case 2:
        count_pixels<2>(at, now, tables_.data());
        break;
      case 3:
        count_pixels<3>(at, now, tables_.data());
        break;
      default:
        count_pixels<4>(at, now, tables_.data());
    }
    at += now * channels_;
    left -= now;
    pending_ += now;
    if (pending_ == kMostPending) flush();
  }
}

void PixelCounter::add_moments(std::span<const std::uint8_t> pixels) {
  const std::size_t lanes = sums_.size();
  std::uint64_t left = pixels.size() / lanes;
  const std::uint8_t* at = pixels.data();
  while (left != 0) {
    const std::uint64_t now = std::min(left, kMostPeriods - pending_);
    const auto run = [&]<std::size_t kChannels>() {
      with_simd<AllLaneSums<kChannels>>(at, static_cast<std::size_t>(now), sums_.data(),
                                        squares_.data(), least_.data(), greatest_.data());
    };
    channels_ == 1   ? run.template operator()<1>()
    : channels_ == 2 ? run.template operator()<2>()
    : channels_ == 3 ? run.template operator()<3>()
                     : run.template operator()<4>();
    at += now * lanes;
    left -= now;
    pending_ += now;
    if (pending_ == kMostPeriods) flush();
  }
  const std::size_t rest = (pixels.size() % lanes) / channels_ * channels_;
  for (std::size_t i = 0; i < rest; ++i) moments_[i % channels_].add(at[i]);
}

void PixelCounter::drain_lanes() {
  for (std::size_t c = 0; c < channels_; ++c) {
    std::uint64_t sum = 0, squares = 0;
    std::uint8_t least = 255, greatest = 0;
    for (std::size_t i = c; i < sums_.size(); i += channels_) {
      sum += sums_[i];
      squares += squares_[i];
      least = std::min(least, least_[i]);
      greatest = std::max(greatest, greatest_[i]);
    }
    moments_[c].add_sums(pending_ * kLanesAChannel, static_cast<SignedWide>(sum), squares, least,
                         greatest);
  }
  std::ranges::fill(sums_, 0U);
  std::ranges::fill(squares_, 0U);
  std::ranges::fill(least_, std::uint8_t{255});
  std::ranges::fill(greatest_, std::uint8_t{0});
}

void PixelCounter::flush() {
  if (pending_ == 0) return;
  if (with_histograms_) {
    const std::size_t table = channels_ * 256;
    for (std::size_t i = 0; i < tables_.size(); ++i)
      histograms_[i % table / 256][i % 256] += std::exchange(tables_[i], 0U);
  } else {
    drain_lanes();
  }
  pending_ = 0;
}

void PixelCounter::merge(PixelCounter& other) {
  flush();
  other.flush();
  for (std::size_t c = 0; c < channels_; ++c) {
    for (std::size_t v = 0; v < 256; ++v) histograms_[c][v] += other.histograms_[c][v];
    moments_[c].merge(other.moments_[c]);
  }
}

std::vector<PixelHistogram> PixelCounter::take() {
  flush();
  return std::exchange(histograms_, std::vector<PixelHistogram>(channels_));
}

Moments PixelCounter::moments(std::size_t channel) const {
  Moments moments = moments_[channel];
  moments.merge(moments_of(histograms_[channel]));
  return moments;
}

Moments moments_of(const PixelHistogram& histogram) noexcept {
  Moments moments;
  for (std::size_t value = 0; value < histogram.size(); ++value)
    moments.add(static_cast<std::int64_t>(value), histogram[value]);
  return moments;
}

}  // namespace dsprep
