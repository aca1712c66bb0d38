#include "lib/stats/pixel_stats.h"

#include "lib/stats/quantiles.h"

namespace dsprep {
namespace {

double value_at(const PixelHistogram& histogram, std::uint64_t rank) {
  std::size_t value = 0;
  while (rank >= histogram[value]) rank -= histogram[value++];
  return static_cast<double>(value);
}

}  // namespace

NumberStats numbers_of(const Moments& moments) {
  if (moments.count() == 0) return {};
  NumberStats out;
  out.count = moments.count();
  out.mean = moments.mean();
  out.std = moments.standard_deviation();
  out.min = static_cast<double>(moments.min());
  out.max = static_cast<double>(moments.max());
  return out;
}

std::vector<Quantile> quantiles_of(const PixelHistogram& histogram, std::uint64_t pixels,
                                   std::span<const double> quantiles) {
  std::vector<Quantile> out;
  for (const double q : quantiles) {
    const QuantilePlace place = quantile_place(pixels, q);
    out.push_back({q, interpolate(value_at(histogram, place.below),
                                  value_at(histogram, place.above), place.fraction)});
  }
  return out;
}

FieldStats stats_of_pixels(const Dataset& data, std::string_view field,
                           std::span<const PixelHistogram> channels,
                           std::span<const double> quantiles) {
  FieldStats stats;
  stats.field = field;
  stats.split = data.split();
  stats.dataset = dataset_digest(data.manifest());
  stats.per = StatsPer::kPixel;
  stats.leak = data.split() != "train";
  stats.samples = data.size();
  for (const PixelHistogram& histogram : channels) {
    ChannelStats channel{numbers_of(moments_of(histogram)), histogram};
    const std::uint64_t pixels = channel.numbers.count;
    if (pixels != 0) channel.numbers.quantiles = quantiles_of(histogram, pixels, quantiles);
    stats.channels.push_back(std::move(channel));
  }
  return stats;
}

}  // namespace dsprep
