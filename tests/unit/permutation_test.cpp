#include "lib/data/permutation.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <random>

#include "support/orders.h"

using namespace dsprep;
using namespace dsprep::test;

// tests/bench/loader_bench.cpp tries every n to 2^16 (`loader_bench bijective 65536`, a minute).
TEST_CASE("the network is a bijection for every n to 2,000 and some to 2^17") {
  std::vector<std::uint64_t> sizes = range(2000);
  Draw draw({.seed = 5, .epoch = 0, .position = 0}, 0);
  for (int i = 0; i < 100; ++i) sizes.push_back(2000 + draw.below(65536 - 2000));
  for (const std::uint64_t n : {4095, 4096, 4097, 65535, 65536, 65537, 131072}) sizes.push_back(n);
  for (const std::uint64_t n : sizes) {
    if (n == 0) continue;
    const FeistelPermutation permutation(n, n * 77);
    std::vector<bool> seen(n);
    std::uint64_t count = 0;
    for (std::uint64_t i = 0; i < n; ++i) {
      const std::uint64_t at = permutation.at(i);
      REQUIRE(at < n);
      count += seen[at] ? 0 : 1;
      seen[at] = true;
    }
    REQUIRE(count == n);
  }
}

TEST_CASE("the network reaches the whole of 64 bits without a repetition") {
  const std::uint64_t n = ~std::uint64_t{0} - 12345;
  const FeistelPermutation permutation(n, 5);
  Indexes seen;
  for (std::uint64_t i = 0; i < 100000; ++i) seen.push_back(permutation.at(n - 1 - i * 17));
  CHECK(*std::ranges::max_element(seen) > n / 100 * 99);
  CHECK(*std::ranges::max_element(seen) < n);
  std::ranges::sort(seen);
  CHECK(std::ranges::adjacent_find(seen) == seen.end());
}

namespace {

// Chi-square per degree of freedom of where index `at` goes, and of the pair that two indexes make,
// over many keys. The same for a shuffle of the standard library's generator: the reference.
struct Quality {
  double positions = 0, pairs = 0, steps = 0;
};

Quality quality(std::uint64_t n, int keys, const std::function<Indexes(int)>& shuffle) {
  const std::uint64_t bins = std::min<std::uint64_t>(n, 16);
  std::vector<double> positions(bins * bins), pairs(bins * bins), steps(bins);
  double count = 0, pair_count = 0;
  const auto bin = [&](std::uint64_t value) { return value * bins / n; };
  for (int key = 0; key < keys; ++key) {
    const Indexes order = shuffle(key);
    for (std::uint64_t i = 0; i < n; ++i, ++count) ++positions[bin(i) * bins + bin(order[i])];
    for (std::uint64_t i = 0; i + 1 < n; ++i, ++pair_count) {
      ++pairs[bin(order[i]) * bins + bin(order[i + 1])];
      ++steps[bin((order[i + 1] + n - order[i]) % n)];
    }
  }
  const auto chi = [](const std::vector<double>& cells, const std::vector<double>& expected) {
    double sum = 0;
    for (std::size_t i = 0; i < cells.size(); ++i)
      if (expected[i] > 0) sum += (cells[i] - expected[i]) * (cells[i] - expected[i]) / expected[i];
    return sum / static_cast<double>(cells.size());
  };
  std::vector<double> width(bins), uniform(bins * bins), ordered(bins * bins), distance(bins);
  for (std::uint64_t i = 0; i < n; ++i) ++width[bin(i)];
  const auto size = static_cast<double>(n);
  for (std::uint64_t a = 0; a < bins; ++a) {
    for (std::uint64_t b = 0; b < bins; ++b) {
      uniform[a * bins + b] = count * width[a] * width[b] / size / size;
      const double others = width[b] - (a == b ? 1 : 0);  // a pair is of two different indexes
      ordered[a * bins + b] = pair_count * width[a] * others / size / (size - 1);
    }
    distance[a] = pair_count * (width[a] - (a == 0 ? 1 : 0)) / (size - 1);
  }
  return {chi(positions, uniform), chi(pairs, ordered), chi(steps, distance)};
}

}  // namespace

TEST_CASE("positions, pairs and distances are as uniform as a reference shuffle's") {
  std::mt19937_64 random(1);
  for (const std::uint64_t n : {5, 6, 7, 12, 100, 1000, 10000, 100000, 1000000}) {
    CAPTURE(n);
    const int keys = static_cast<int>(std::max<std::uint64_t>(2, 400000 / n));
    const Quality network = quality(n, keys, [&](int key) {
      const std::uint64_t number = mix(static_cast<std::uint64_t>(key), 1);
      const Permutation table(n, number);
      const FeistelPermutation feistel(n, number);
      Indexes order(n);
      // The network alone is biased where n is tiny, so it is never used there.
      for (std::uint64_t i = 0; i < n; ++i) order[i] = n < 100 ? table.at(i) : feistel.at(i);
      return order;
    });
    const Quality reference = quality(n, keys, [&](int) {
      Indexes order = range(n);
      std::ranges::shuffle(order, random);
      return order;
    });
    CAPTURE(network.positions);
    CAPTURE(network.pairs);
    CAPTURE(network.steps);
    // A fair shuffle's figures spread around 1 by sqrt(2 / cells): within six of it and the
    // reference.
    const double cells = static_cast<double>(std::min<std::uint64_t>(n, 16));
    const double spread = 6 * std::sqrt(2 / cells) + 0.05;
    CHECK(network.positions < std::max(1.0, reference.positions) + spread);
    CHECK(network.pairs < std::max(1.0, reference.pairs) + spread);
    CHECK(network.steps < std::max(1.0, reference.steps) + spread);
  }
}

TEST_CASE("epochs and seeds give unlike orders, also where seed + epoch is the same") {
  for (const std::uint64_t n : {1000, 100000}) {
    CAPTURE(n);
    const Indexes order = order_of(*shuffled(n, 1), 2);
    CHECK(order == order_of(*shuffled(n, 1), 2));
    const Indexes others[] = {order_of(*shuffled(n, 2), 1), order_of(*shuffled(n, 1), 1),
                              order_of(*shuffled(n, 1), 3)};
    for (const Indexes& other : others) {
      std::uint64_t same = 0;
      for (std::uint64_t i = 0; i < n; ++i) same += order[i] == other[i] ? 1 : 0;
      CHECK(same < 12);  // one is expected
    }
  }
}
