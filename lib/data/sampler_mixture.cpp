// mixture: a fixed cycle of slots; a slot belongs to one part, and takes the part's next sample.
#include <algorithm>
#include <numeric>
#include <utility>

#include "lib/data/permutation.h"
#include "lib/data/sampler_common.h"

namespace dsprep {
namespace {

struct Slot {
  std::uint32_t part = 0;
  std::uint32_t rank = 0;  // among the slots of its part
};

// Largest-remainder quotas: floors first, then one more to those that lost most.
std::vector<std::uint64_t> quotas(const std::vector<std::uint32_t>& weights, std::uint64_t cycle) {
  __extension__ typedef unsigned __int128 Wide;
  const std::uint64_t total = std::accumulate(weights.begin(), weights.end(), std::uint64_t{0});
  std::vector<std::uint64_t> quota(weights.size()), rest(weights.size());
  std::uint64_t given = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const Wide share = static_cast<Wide>(weights[i]) * cycle;
    quota[i] = static_cast<std::uint64_t>(share / total);
    rest[i] = static_cast<std::uint64_t>(share % total);
    given += quota[i];
  }
  std::vector<std::size_t> order(weights.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, [&](auto a, auto b) { return rest[a] > rest[b]; });
  for (std::size_t i = 0; given < cycle; ++i, ++given) ++quota[order[i]];
  return quota;
}

// The slots of each part as evenly apart as whole places allow: slot k of a part with quota q is
// due at (2k + 1) / 2q of the cycle.
std::vector<Slot> arrange(const std::vector<std::uint64_t>& quota, std::uint64_t cycle) {
  struct Due {
    std::uint64_t numerator, denominator;
    Slot slot;
  };
  std::vector<Due> due;
  due.reserve(cycle);
  for (std::uint32_t part = 0; part < quota.size(); ++part)
    for (std::uint32_t rank = 0; rank < quota[part]; ++rank)
      due.push_back({2 * std::uint64_t{rank} + 1, 2 * quota[part], {part, rank}});
  std::ranges::stable_sort(due, [](const Due& a, const Due& b) {
    return a.numerator * b.denominator < b.numerator * a.denominator;
  });
  std::vector<Slot> slots;
  for (const Due& entry : due) slots.push_back(entry.slot);
  return slots;
}

struct Mixture {
  std::vector<std::uint64_t> sizes, firsts, quota;
  std::vector<Slot> slots;
  std::uint64_t seed = 0;
};

class MixtureOrder final : public EpochOrder {
 public:
  MixtureOrder(const Mixture& mixture, std::uint64_t epoch)
      : mixture_(mixture), epoch_(epoch), laps_(mixture.sizes.size()) {}

  void append(std::uint64_t position, std::vector<std::uint64_t>& out) override {
    const Slot slot = mixture_.slots[position % mixture_.slots.size()];
    const std::uint64_t cycle = position / mixture_.slots.size();
    const std::uint64_t taken = cycle * mixture_.quota[slot.part] + slot.rank;
    const std::uint64_t size = mixture_.sizes[slot.part];
    out.push_back(mixture_.firsts[slot.part] +
                  permutation(slot.part, taken / size).at(taken % size));
  }

 private:
  struct Lap {
    std::uint64_t number = ~std::uint64_t{0};
    Permutation permutation;
  };
  const Permutation& permutation(std::uint32_t part, std::uint64_t number) {
    Lap& lap = laps_[part];
    if (lap.number != number) {
      const std::uint64_t key = order_key(mixture_.seed, epoch_, OrderStream::kMixture, part);
      lap.permutation =
          Permutation(mixture_.sizes[part], order_key(key, number, OrderStream::kMixture));
      lap.number = number;
    }
    return lap.permutation;
  }

  const Mixture& mixture_;
  std::uint64_t epoch_;
  std::vector<Lap> laps_;
};

class MixtureSampler final : public Sampler {
 public:
  MixtureSampler(Mixture mixture, std::uint64_t rows) : mixture_(std::move(mixture)), rows_(rows) {}
  std::uint64_t rows() const noexcept override { return rows_; }
  std::uint64_t samples() const noexcept override {
    return mixture_.firsts.back() + mixture_.sizes.back();
  }
  std::string describe() const override {
    return nlohmann::json({{"kind", "mixture"},
                           {"parts", hash_text(mixture_.sizes)},
                           {"quotas", hash_text(mixture_.quota)},
                           {"cycle", mixture_.slots.size()},
                           {"rows", rows_},
                           {"seed", mixture_.seed}})
        .dump();
  }
  std::unique_ptr<EpochOrder> epoch(std::uint64_t epoch) const override {
    return std::make_unique<MixtureOrder>(mixture_, epoch);
  }

 private:
  Mixture mixture_;
  std::uint64_t rows_;
};

}  // namespace

SamplerPtr mixture(std::vector<std::uint64_t> part_samples, MixtureOptions options,
                   std::uint64_t seed) {
  constexpr std::uint64_t kMostSlots = 1 << 20;
  if (part_samples.empty()) refuse_sampler("a mixture of no parts");
  if (options.cycle == 0 || options.cycle > kMostSlots)
    refuse_sampler("the cycle of a mixture must be from 1 to 2^20");
  if (options.weights.empty()) options.weights.assign(part_samples.begin(), part_samples.end());
  if (options.weights.size() != part_samples.size())
    refuse_sampler("a mixture needs a weight for each part");
  Mixture mixture{.sizes = part_samples, .firsts = {}, .quota = {}, .slots = {}, .seed = seed};
  std::uint64_t all = 0;
  for (const std::uint64_t size : part_samples)
    mixture.firsts.push_back(std::exchange(all, all + size));
  mixture.quota = quotas(integer_weights(options.weights), options.cycle);
  for (std::size_t i = 0; i < part_samples.size(); ++i) {
    if (mixture.quota[i] > 0 && part_samples[i] == 0)
      refuse_sampler("part " + std::to_string(i) + " of the mixture has no samples");
    if (mixture.quota[i] == 0 && options.weights[i] > 0)
      refuse_sampler("part " + std::to_string(i) + " gets no slot of the cycle; make it longer");
  }
  mixture.slots = arrange(mixture.quota, options.cycle);
  return std::make_shared<MixtureSampler>(std::move(mixture), options.rows ? options.rows : all);
}

}  // namespace dsprep
