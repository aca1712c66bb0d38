// What the tests of samplers share: an epoch's order as a list, and lengths made from a seed.
#pragma once

#include <doctest/doctest.h>

#include <cstdint>
#include <vector>

#include "dsprep/draw.h"
#include "dsprep/sampler.h"
#include "support/indexes.h"

namespace dsprep::test {

inline Indexes order_of(const Sampler& sampler, std::uint64_t epoch, std::uint64_t first = 0) {
  Indexes out;
  const auto order = sampler.epoch(epoch);
  for (std::uint64_t i = first; i < sampler.rows(); ++i) order->append(i, out);
  // Asked for many at a time an order says the same.
  Indexes positions, many(sampler.rows() - first);
  for (std::uint64_t i = first; i < sampler.rows(); ++i) positions.push_back(i);
  if (order->samples(positions, many)) REQUIRE(many == out);
  return out;
}

inline std::vector<std::uint32_t> lengths_of(std::uint64_t n, std::uint32_t most, std::uint64_t seed = 7) {
  Draw draw({.seed = seed, .epoch = 0, .position = n}, 0);
  std::vector<std::uint32_t> lengths(n);
  for (auto& length : lengths) length = static_cast<std::uint32_t>(1 + draw.below(most));
  return lengths;
}

}  // namespace dsprep::test
