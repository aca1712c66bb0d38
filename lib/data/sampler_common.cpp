#include "lib/data/sampler_common.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "dsprep/draw.h"

namespace dsprep {

std::uint64_t order_key(std::uint64_t seed, std::uint64_t epoch, OrderStream stream,
                        std::uint64_t number) noexcept {
  return mix(mix(mix(seed, epoch), static_cast<std::uint64_t>(stream)), number);
}

std::vector<std::uint32_t> integer_weights(std::span<const double> weights) {
  double largest = 0;
  for (const double weight : weights) {
    if (!(weight >= 0) || !std::isfinite(weight))
      refuse_sampler("a weight is negative, infinite or not a number");
    largest = std::max(largest, weight);
  }
  if (largest <= 0) refuse_sampler("no weight is above 0");
  if (weights.size() > std::numeric_limits<std::uint32_t>::max())
    refuse_sampler("more than 2^32 weights");
  std::vector<std::uint32_t> out(weights.size());
  for (std::size_t i = 0; i < weights.size(); ++i) {
    // One division and one product, both exactly rounded by IEEE 754: the same on every machine.
    const double scaled = weights[i] / largest * 4294967295.0;
    out[i] = weights[i] > 0 ? std::max(1U, static_cast<std::uint32_t>(scaled)) : 0;
  }
  return out;
}

// Vose's method in integers: slot i keeps the share `left[i]` of `total`, its rest goes to an
// alias.
AliasTable::AliasTable(const std::vector<std::uint32_t>& weights)
    : keep_(weights.size()), alias_(weights.size()) {
  __extension__ typedef unsigned __int128 Wide;
  std::uint64_t total = 0;
  for (const std::uint32_t weight : weights) total += weight;
  std::vector<Wide> left(weights.size());
  std::vector<std::uint32_t> small, large;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    left[i] = static_cast<Wide>(weights[i]) * weights.size();
    (left[i] < total ? small : large).push_back(static_cast<std::uint32_t>(i));
  }
  while (!small.empty() && !large.empty()) {
    const std::uint32_t poor = small.back(), rich = large.back();
    small.pop_back();
    keep_[poor] = static_cast<std::uint32_t>((left[poor] << 32) / total);
    alias_[poor] = rich;
    left[rich] -= total - left[poor];
    if (left[rich] < total) {
      large.pop_back();
      small.push_back(rich);
    }
  }
  for (const std::uint32_t full : large) alias_[full] = full;
  for (const std::uint32_t full : small) alias_[full] = full;
}

}  // namespace dsprep
