#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <map>

#include "lib/data/share.h"
#include "support/errors.h"
#include "support/orders.h"

using namespace dsprep;
using namespace dsprep::test;

namespace {

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

// Samplers whose epoch is no permutation: draws with replacement, parts that begin anew.
const Named kDrawn[] = {
    {"weighted",
     [](std::uint64_t n, std::uint64_t) {
       std::vector<double> weights(n);
       for (std::uint64_t i = 0; i < n; ++i) weights[i] = 1.0 + static_cast<double>(i % 4);
       return weighted(weights, n + 1, 3);
     }},
    {"balanced",
     [](std::uint64_t n, std::uint64_t) {
       std::vector<std::int64_t> labels(n);
       for (std::uint64_t i = 0; i < n; ++i) labels[i] = static_cast<std::int64_t>(i % 3);
       return balanced(labels, 0, 3);
     }},
    {"mixture of two",
     [](std::uint64_t n, std::uint64_t) {
       return mixture({n, 1 + n / 2}, {.weights = {0.4, 0.6}, .cycle = 5, .rows = 2 * n}, 3);
     }},
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
                  std::uint64_t stop, bool once = true) {
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
  if (once) CHECK(sorted(got) == range(sampler.samples()));
}

// Every topology, every stop, and from there on every other world.
void check_small_worlds(const Named& named, bool once) {
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
            Topology after{.batch = other, .rank = 0, .world = 2, .tail = Tail::kPad};
            check_resume(*sampler, before, after, stop, once);
            if (batch * world % other != 0) continue;
            after = {.batch = batch * world / other, .world = other, .tail = Tail::kPad};
            check_resume(*sampler, before, after, stop, once);
          }
        }
      }
    }
  }
}

}  // namespace

TEST_CASE(
    "every small world: each sample once, in one order, over every stop and change of world") {
  for (const Named& named : kOnce) {
    CAPTURE(named.name);
    check_small_worlds(named, true);
  }
}

TEST_CASE("draws and mixtures, too, keep one order over every stop and change of world") {
  for (const Named& named : kDrawn) {
    CAPTURE(named.name);
    check_small_worlds(named, false);
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
  for (std::uint64_t n = 1; n <= 200; ++n) {
    for (std::uint64_t world = 1; world <= 16; ++world) {
      for (std::uint64_t batch = 1; batch <= 8; ++batch) {
        for (const Tail tail : {Tail::kKeep, Tail::kDrop, Tail::kPad}) {
          const Topology topology{.batch = batch, .rank = 0, .world = world, .tail = tail};
          if (tail == Tail::kKeep && !can_keep(n, topology)) {
            CHECK(code_of([&] { Share(topology, n, 0); }) == ErrorCode::kUsage);
            continue;
          }
          std::uint64_t valid = 0, least = ~std::uint64_t{0}, most = 0, stated = 0;
          bool kept = true;
          for (std::uint64_t rank = 0; rank < world; ++rank) {
            Topology mine = topology;
            mine.rank = rank;
            const Share share(mine, n, 0);
            stated += share.valid_rows();
            least = std::min(least, share.steps());
            most = std::max(most, share.steps());
            for (std::uint64_t step = 0; step < share.steps(); ++step) {
              kept = kept && share.rows(step) >= 1 && share.rows(step) <= batch;
              for (std::uint64_t i = 0; i < share.rows(step); ++i)
                valid += share.row(step, i).valid ? 1 : 0;
            }
          }
          const std::uint64_t global = batch * world;
          const bool right = kept && least == most && valid == stated &&
                             valid == (tail == Tail::kDrop ? n / global * global : n) &&
                             most == (tail == Tail::kDrop ? n / global : (n + global - 1) / global);
          if (right) continue;
          FAIL("n " << n << ", world " << world << ", batch " << batch << ", tail "
                    << static_cast<int>(tail));
        }
      }
    }
  }
}
