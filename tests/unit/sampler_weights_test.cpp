#include "dsprep/sampler.h"

#include <doctest/doctest.h>

#include <cmath>
#include <map>

#include "support/errors.h"
#include "support/orders.h"

using namespace dsprep;
using namespace dsprep::test;

TEST_CASE("weighted draws come in proportion to the weights, and never where the weight is 0") {
  const std::vector<double> weights = {1, 0, 3, 0.5, 7.5};
  const double total = 12;
  const std::uint64_t draws = 400000;
  std::vector<double> count(weights.size());
  for (const std::uint64_t sample : order_of(*weighted(weights, draws, 1), 0)) ++count[sample];
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const double expected = static_cast<double>(draws) * weights[i] / total;
    CHECK(std::abs(count[i] - expected) <= 5 * std::sqrt(expected) + 1e-9);
  }
}

TEST_CASE("balanced classes are drawn alike, and their samples too") {
  std::vector<std::int64_t> labels(1000, 0);
  for (std::size_t i = 0; i < 10; ++i) labels[i * 7] = 3;
  labels[5] = -1;
  const Indexes order = order_of(*balanced(labels, 200000, 1), 4);
  std::map<std::int64_t, double> classes;
  std::map<std::uint64_t, double> rare;
  for (const std::uint64_t sample : order) {
    ++classes[labels[sample]];
    if (labels[sample] == 3) ++rare[sample];
  }
  CHECK(classes.size() == 2);
  CHECK(std::abs(classes[3] - 100000) < 5 * std::sqrt(50000.0));
  CHECK(rare.size() == 10);
  for (const auto& [sample, count] : rare) CHECK(std::abs(count - 10000) < 5 * std::sqrt(10000.0));
}

TEST_CASE("draws without replacement have the law of successive draws") {
  // With weights 1, 2, 3 the first draw is 3 in 1/2 of the epochs, and the second 2 in
  // 1/6·2/5 + 1/2·2/3 = 0.4 of them.
  const std::vector<double> weights = {1, 2, 3};
  const auto sampler = weighted_once(weights, 0, 5);
  double first = 0, second = 0;
  for (std::uint64_t epoch = 0; epoch < 20000; ++epoch) {
    const Indexes order = order_of(*sampler, epoch);
    first += order[0] == 2 ? 1 : 0;
    second += order[1] == 1 ? 1 : 0;
  }
  CHECK(std::abs(first / 20000 - 0.5) < 0.02);
  CHECK(std::abs(second / 20000 - 0.4) < 0.02);
}

TEST_CASE("a mixture keeps its shares in every cycle, and each part's samples come evenly") {
  const auto sampler =
      mixture({100, 10, 1000}, {.weights = {0.5, 0.3, 0.2}, .cycle = 10, .rows = 5000}, 1);
  const Indexes order = order_of(*sampler, 0);
  std::map<std::uint64_t, int> count;
  for (std::size_t cycle = 0; cycle < 500; ++cycle) {
    int parts[3] = {};
    for (std::size_t i = 0; i < 10; ++i) {
      const std::uint64_t sample = order[cycle * 10 + i];
      ++parts[sample < 100 ? 0 : sample < 110 ? 1 : 2];
      ++count[sample];
    }
    REQUIRE(parts[0] == 5);
    REQUIRE(parts[1] == 3);
    REQUIRE(parts[2] == 2);
  }
  for (std::uint64_t i = 0; i < 100; ++i) CHECK(count[i] == 25);
  for (std::uint64_t i = 100; i < 110; ++i) CHECK(count[i] == 150);
  for (std::uint64_t i = 110; i < 1110; ++i) CHECK(count[i] == 1);
}

TEST_CASE("what cannot be sampled is refused") {
  const std::vector<double> none = {0, 0}, negative = {1, -1}, nan = {std::nan("")};
  const std::vector<std::int64_t> unlabelled = {-1, -1};
  CHECK(code_of([&] { weighted(none, 0, 0); }) == ErrorCode::kUsage);
  CHECK(code_of([&] { weighted(negative, 0, 0); }) == ErrorCode::kUsage);
  CHECK(code_of([&] { weighted(nan, 0, 0); }) == ErrorCode::kUsage);
  CHECK(code_of([&] { balanced(unlabelled, 0, 0); }) == ErrorCode::kUsage);
  CHECK(code_of([&] { weighted_once(std::vector<double>{1, 0}, 2, 0); }) == ErrorCode::kUsage);
  CHECK(code_of([&] { subset({3}, 3, false, 0); }) == ErrorCode::kUsage);
  CHECK(code_of([&] { block_shuffled({1}, 0, 0); }) == ErrorCode::kUsage);
  CHECK(code_of([&] { mixture({}, {}, 0); }) == ErrorCode::kUsage);
  CHECK(code_of([&] { mixture({0, 1}, {.weights = {1, 1}}, 0); }) == ErrorCode::kUsage);
  CHECK(code_of([&] {
          mixture({1, 1}, {.weights = {1, 1e-6}, .cycle = 4}, 0);
        }) == ErrorCode::kUsage);
  CHECK(code_of([&] { bucketed({1}, {}, 0); }) == ErrorCode::kUsage);
  CHECK(code_of([&] { packed({5}, {.row = 4}, 0); }) == ErrorCode::kUsage);
}
