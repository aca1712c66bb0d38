#include "dsprep/sampler.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <numeric>
#include <random>

#include "dsprep/draw.h"
#include "lib/data/permutation.h"
#include "lib/data/share.h"
#include "support/errors.h"
#include "support/indexes.h"

using namespace dsprep;
using namespace dsprep::test;

namespace {


Indexes order_of(const Sampler& sampler, std::uint64_t epoch, std::uint64_t first = 0) {
  Indexes out;
  const auto order = sampler.epoch(epoch);
  for (std::uint64_t i = first; i < sampler.rows(); ++i) order->append(i, out);
  return out;
}

std::vector<std::uint32_t> lengths_of(std::uint64_t n, std::uint32_t most, std::uint64_t seed = 7) {
  Draw draw({.seed = seed, .epoch = 0, .position = n}, 0);
  std::vector<std::uint32_t> lengths(n);
  for (auto& length : lengths) length = static_cast<std::uint32_t>(1 + draw.below(most));
  return lengths;
}

// Every sampler that delivers each sample once, over n samples.
struct Named {
  const char* name;
  std::function<SamplerPtr(std::uint64_t n, std::uint64_t global)> make;
};
const Named kOnce[] = {
    {"sequential", [](std::uint64_t n, std::uint64_t) { return sequential(n); }},
    {"shuffled", [](std::uint64_t n, std::uint64_t) { return shuffled(n, 3); }},
    {"subset", [](std::uint64_t n, std::uint64_t) { return subset(range(n), n, true, 3); }},
    {"block_shuffled",
     [](std::uint64_t n, std::uint64_t) {
       return block_shuffled({n / 3, 0, n - n / 3 - n / 4, n / 4}, 2, 3);
     }},
    {"weighted_once",
     [](std::uint64_t n, std::uint64_t) {
       std::vector<double> weights(n);
       for (std::uint64_t i = 0; i < n; ++i) weights[i] = 1.0 + static_cast<double>(i % 3);
       return weighted_once(weights, 0, 3);
     }},
    {"mixture",
     [](std::uint64_t n, std::uint64_t) {
       return mixture({n}, {.weights = {}, .cycle = 5, .rows = 0}, 3);
     }},
    {"bucketed",
     [](std::uint64_t n, std::uint64_t global) {
       return bucketed(lengths_of(n, 9), {.batch = global, .window = 2}, 3);
     }},
    {"packed", [](std::uint64_t n,
                  std::uint64_t) { return packed(lengths_of(n, 9), {.row = 12, .window = 5}, 3); }},
};

// The samples of one global batch as its ranks get them, in the global order.
Indexes global_batch(EpochOrder& order, const Topology& topology, std::uint64_t rows,
                     std::uint64_t first, std::uint64_t step) {
  std::map<std::uint64_t, Indexes> by_position;
  for (std::uint64_t rank = 0; rank < topology.world; ++rank) {
    Topology mine = topology;
    mine.rank = rank;
    const Share share(mine, rows, first);
    for (std::uint64_t i = 0; i < share.rows(step); ++i) {
      const ShareRow row = share.row(step, i);
      if (row.valid) order.append(row.position, by_position[row.position]);
    }
  }
  Indexes out;
  for (const auto& [position, samples] : by_position)
    out.insert(out.end(), samples.begin(), samples.end());
  return out;
}

bool can_keep(std::uint64_t rows, const Topology& topology) {
  const std::uint64_t rest = rows % (topology.batch * topology.world);
  return rest == 0 || rest >= topology.world;
}

// Stops an epoch at every step, goes on with every other topology of the same global batch (and
// with other global batches), and expects one epoch in one order.
void check_resume(const Sampler& sampler, const Topology& before, const Topology& after,
                  std::uint64_t stop) {
  const std::uint64_t rows = sampler.rows();
  const auto order = sampler.epoch(1);
  const Share whole(before, rows, 0);
  Indexes got;
  for (std::uint64_t step = 0; step < stop; ++step) {
    const Indexes batch = global_batch(*order, before, rows, 0, step);
    got.insert(got.end(), batch.begin(), batch.end());
  }
  const std::uint64_t first = stop == 0 ? 0 : whole.end(stop - 1);
  const auto resumed = sampler.epoch(1);  // as a new process has it
  const Share rest(after, rows, first);
  for (std::uint64_t step = 0; step < rest.steps(); ++step) {
    const Indexes batch = global_batch(*resumed, after, rows, first, step);
    if (before.batch * before.world == after.batch * after.world)
      CHECK(batch == global_batch(*order, before, rows, 0, stop + step));
    got.insert(got.end(), batch.begin(), batch.end());
  }
  CHECK(got == order_of(sampler, 1));
  CHECK(sorted(got) == range(sampler.samples()));
}

}  // namespace

TEST_CASE("the network is a bijection for every n to 2,000 and some to 2^17") {
  std::vector<std::uint64_t> sizes = range(2000);
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

TEST_CASE(
    "every small world: each sample once, in one order, over every stop and change of world") {
  for (const Named& named : kOnce) {
    CAPTURE(named.name);
    for (std::uint64_t n = 1; n <= 12; ++n) {
      for (std::uint64_t world = 1; world <= 4; ++world) {
        for (std::uint64_t batch = 1; batch <= 4; ++batch) {
          CAPTURE(n);
          CAPTURE(world);
          CAPTURE(batch);
          const Topology before{.batch = batch, .rank = 0, .world = world, .tail = Tail::kPad};
          const auto sampler = named.make(n, batch * world);
          const std::uint64_t steps = Share(before, sampler->rows(), 0).steps();
          for (std::uint64_t stop = 0; stop <= steps; ++stop) {
            for (std::uint64_t other = 1; other <= 4; ++other) {
              if (batch * world % other == 0) {
                check_resume(*sampler, before,
                             {.batch = batch * world / other, .world = other, .tail = Tail::kPad},
                             stop);
              }
              check_resume(*sampler, before, {.batch = other, .world = 2, .tail = Tail::kPad},
                           stop);
            }
          }
        }
      }
    }
  }
}

TEST_CASE("200 large worlds at random: each sample once, in one order, over a change of world") {
  Draw draw({.seed = 9, .epoch = 0, .position = 0}, 0);
  for (int round = 0; round < 200; ++round) {
    const Named& named = kOnce[draw.below(std::size(kOnce))];
    const std::uint64_t n = 1000 + draw.below(30000), world = 1 + draw.below(16),
                        batch = 1 + draw.below(64), other = 1 + draw.below(16);
    CAPTURE(named.name);
    CAPTURE(n);
    const Topology before{.batch = batch, .rank = 0, .world = world, .tail = Tail::kPad};
    const auto sampler = named.make(n, batch * world);
    const std::uint64_t steps = Share(before, sampler->rows(), 0).steps();
    check_resume(*sampler, before,
                 {.batch = std::max<std::uint64_t>(1, batch * world / other),
                  .world = other,
                  .tail = Tail::kPad},
                 draw.below(steps + 1));
  }
}

TEST_CASE("tails: equal steps on all ranks, rows as promised, and no empty batch") {
  for (std::uint64_t n = 1; n <= 40; ++n) {
    for (std::uint64_t world = 1; world <= 5; ++world) {
      for (std::uint64_t batch = 1; batch <= 4; ++batch) {
        for (const Tail tail : {Tail::kKeep, Tail::kDrop, Tail::kPad}) {
          const Topology topology{.batch = batch, .rank = 0, .world = world, .tail = tail};
          if (tail == Tail::kKeep && !can_keep(n, topology)) {
            CHECK(code_of([&] { Share(topology, n, 0); }) == ErrorCode::kUsage);
            continue;
          }
          std::uint64_t valid = 0, least = ~std::uint64_t{0}, most = 0, stated = 0;
          for (std::uint64_t rank = 0; rank < world; ++rank) {
            Topology mine = topology;
            mine.rank = rank;
            const Share share(mine, n, 0);
            stated += share.valid_rows();
            least = std::min(least, share.steps());
            most = std::max(most, share.steps());
            for (std::uint64_t step = 0; step < share.steps(); ++step) {
              REQUIRE(share.rows(step) >= 1);
              REQUIRE(share.rows(step) <= batch);
              for (std::uint64_t i = 0; i < share.rows(step); ++i)
                valid += share.row(step, i).valid ? 1 : 0;
            }
          }
          const std::uint64_t global = batch * world;
          CHECK(least == most);
          CHECK(valid == stated);
          CHECK(valid == (tail == Tail::kDrop ? n / global * global : n));
          CHECK(most == (tail == Tail::kDrop ? n / global : (n + global - 1) / global));
        }
      }
    }
  }
}

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
