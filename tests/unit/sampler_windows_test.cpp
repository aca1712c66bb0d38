#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "dsprep/sampler.h"
#include "support/orders.h"

using namespace dsprep;
using namespace dsprep::test;

TEST_CASE("block shuffling reads a window of shards at a time, in the stated share") {
  const std::uint64_t shards = 64, each = 100, window = 8;
  const auto sampler = block_shuffled(std::vector<std::uint64_t>(shards, each), window, 1);
  const Indexes order = order_of(*sampler, 0);
  double same = 0, pairs = 0;
  for (std::size_t begin = 0; begin < order.size(); begin += window * each) {
    std::map<std::uint64_t, int> seen;
    for (std::size_t i = begin; i < begin + window * each; ++i) ++seen[order[i] / each];
    CHECK(seen.size() == window);
    for (std::size_t i = begin; i + 1 < begin + window * each; ++i, ++pairs)
      same += order[i] / each == order[i + 1] / each ? 1 : 0;
  }
  CHECK(std::abs(same / pairs - 1.0 / window) < 0.02);
}

TEST_CASE("the end of an epoch is shuffled as well as its begin: no window of few shards is left") {
  const std::uint64_t each = 100, window = 8;
  for (const std::uint64_t shards : {9, 17, 65, 70}) {
    CAPTURE(shards);
    const auto sampler = block_shuffled(std::vector<std::uint64_t>(shards, each), window, 1);
    const Indexes order = order_of(*sampler, 0);
    CHECK(sorted(order) == range(shards * each));
    // Shards that are met from a position on until one has been used up: those of a window.
    const auto met = [&](auto begin, auto end) {
      std::map<std::uint64_t, std::uint64_t> seen;
      for (auto at = begin; at != end; ++at)
        if (++seen[*at / each] == each) break;
      return seen.size();
    };
    const std::uint64_t first = met(order.begin(), order.end());
    const std::uint64_t last = met(order.rbegin(), order.rend());
    CHECK(first <= window);
    CHECK(last <= window);
    CHECK(last + 1 >= first);
    CHECK(last > window / 2);
  }
}

TEST_CASE("buckets hold samples of like length, and windows of all lengths come in any order") {
  const std::vector<std::uint32_t> lengths = lengths_of(10000, 1000);
  const auto sampler = bucketed(lengths, {.batch = 32, .window = 50}, 1);
  const Indexes order = order_of(*sampler, 0);
  std::uint64_t padded = 0, used = 0, rising = 0, buckets = 0;
  std::uint32_t last = 0;
  for (std::size_t begin = 0; begin + 32 <= order.size(); begin += 32, ++buckets) {
    std::uint32_t longest = 0;
    for (std::size_t i = begin; i < begin + 32; ++i) {
      longest = std::max(longest, lengths[order[i]]);
      used += lengths[order[i]];
    }
    padded += std::uint64_t{longest} * 32;
    rising += longest > last ? 1 : 0;
    last = longest;
  }
  CHECK(static_cast<double>(used) / static_cast<double>(padded) > 0.95);
  CHECK(std::abs(static_cast<double>(rising) / static_cast<double>(buckets) - 0.5) < 0.1);
}

TEST_CASE("packed rows are never too long, waste little, and are as many in every epoch") {
  const std::vector<std::uint32_t> lengths = lengths_of(50000, 700);
  const auto sampler = packed(lengths, {.row = 1024, .window = 1024}, 1);
  std::uint64_t all = 0;
  for (const std::uint32_t length : lengths) all += length;
  Indexes epochs[2];
  for (std::uint64_t epoch = 0; epoch < 2; ++epoch) {
    const auto order = sampler->epoch(epoch);
    for (std::uint64_t row = 0; row < sampler->rows(); ++row) {
      Indexes samples;
      order->append(row, samples);
      std::uint64_t length = 0;
      for (const std::uint64_t sample : samples) length += lengths[sample];
      REQUIRE(length <= 1024);
      REQUIRE(!samples.empty());
      epochs[epoch].insert(epochs[epoch].end(), samples.begin(), samples.end());
    }
    CHECK(sorted(epochs[epoch]) == range(lengths.size()));
  }
  CHECK(epochs[0] != epochs[1]);
  const double waste =
      1 - static_cast<double>(all) / (1024.0 * static_cast<double>(sampler->rows()));
  CAPTURE(waste);
  CHECK(waste < 0.01);
}
