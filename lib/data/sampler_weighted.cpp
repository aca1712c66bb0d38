// Samplers by weight: weighted, weighted_classes, balanced, weighted_once.
#include <algorithm>
#include <bit>
#include <utility>

#include "dsprep/draw.h"
#include "lib/data/sampler_common.h"

namespace dsprep {
namespace {

constexpr std::uint64_t kOnceLimit = std::uint64_t{1} << 26;

Draw draw_at(std::uint64_t seed, std::uint64_t epoch, std::uint64_t position, OrderStream stream) {
  return Draw({.seed = seed, .epoch = epoch, .position = position},
              static_cast<std::uint64_t>(stream));
}

/// Samples of each class, or of each class one: `members` empty means that classes are samples.
struct Population {
  AliasTable table;
  std::vector<std::uint64_t> firsts;  // of each class in `members`
  std::vector<std::uint64_t> members;
};

class DrawOrder final : public EpochOrder {
 public:
  DrawOrder(const Population& from, std::uint64_t seed, std::uint64_t epoch)
      : from_(from), seed_(seed), epoch_(epoch) {}
  void append(std::uint64_t position, std::vector<std::uint64_t>& out) override {
    Draw draw = draw_at(seed_, epoch_, position, OrderStream::kWeighted);
    const std::uint64_t picked = from_.table.pick(draw);
    if (from_.firsts.empty()) return out.push_back(picked);
    const std::uint64_t first = from_.firsts[picked], count = from_.firsts[picked + 1] - first;
    out.push_back(from_.members[first + draw.below(count)]);
  }

 private:
  const Population& from_;
  std::uint64_t seed_, epoch_;
};

class DrawSampler final : public Sampler {
 public:
  DrawSampler(Population from, std::uint64_t samples, std::uint64_t draws, std::uint64_t seed,
              const char* kind, std::string hash)
      : from_(std::move(from)),
        samples_(samples),
        draws_(draws == 0 ? samples : draws),
        seed_(seed),
        kind_(kind),
        hash_(std::move(hash)) {}
  std::uint64_t rows() const noexcept override { return draws_; }
  std::uint64_t samples() const noexcept override { return samples_; }
  std::string describe() const override {
    return nlohmann::json({{"kind", kind_},
                           {"weights", hash_},
                           {"samples", samples_},
                           {"draws", draws_},
                           {"seed", seed_}})
        .dump();
  }
  std::unique_ptr<EpochOrder> epoch(std::uint64_t epoch) const override {
    return std::make_unique<DrawOrder>(from_, seed_, epoch);
  }

 private:
  Population from_;
  std::uint64_t samples_, draws_, seed_;
  const char* kind_;
  std::string hash_;
};

/// Fenwick tree of integer weights: finds and removes by cumulative weight in O(log n).
class WeightTree {
 public:
  explicit WeightTree(const std::vector<std::uint32_t>& weights) : sums_(weights.size() + 1) {
    for (std::size_t i = 1; i < sums_.size(); ++i) {
      sums_[i] += weights[i - 1];
      total_ += weights[i - 1];
      const std::size_t parent = i + (i & (0 - i));
      if (parent < sums_.size()) sums_[parent] += sums_[i];
    }
  }
  std::uint64_t total() const noexcept { return total_; }
  /// The element that the cumulative weight `at` falls into.
  std::size_t find(std::uint64_t at) const {
    std::size_t index = 0;
    for (std::size_t step = std::bit_floor(sums_.size() - 1); step != 0; step /= 2) {
      if (index + step < sums_.size() && sums_[index + step] <= at) {
        index += step;
        at -= sums_[index];
      }
    }
    return index;
  }
  void remove(std::size_t element, std::uint32_t weight) {
    for (std::size_t i = element + 1; i < sums_.size(); i += i & (0 - i)) sums_[i] -= weight;
    total_ -= weight;
  }

 private:
  std::vector<std::uint64_t> sums_;
  std::uint64_t total_ = 0;
};

class ListOrder final : public EpochOrder {
 public:
  explicit ListOrder(std::vector<std::uint32_t> list) : list_(std::move(list)) {}
  void append(std::uint64_t position, std::vector<std::uint64_t>& out) override {
    out.push_back(list_[position]);
  }

 private:
  std::vector<std::uint32_t> list_;
};

class OnceSampler final : public Sampler {
 public:
  OnceSampler(std::vector<std::uint32_t> weights, std::uint64_t draws, std::uint64_t seed)
      : weights_(std::move(weights)), seed_(seed) {
    const auto drawable = static_cast<std::uint64_t>(
        weights_.size() - static_cast<std::size_t>(std::ranges::count(weights_, 0U)));
    draws_ = draws == 0 ? drawable : draws;
    if (draws_ > drawable) {
      refuse_sampler("without replacement " + std::to_string(drawable) +
                     " draws are possible, not " + std::to_string(draws_));
    }
  }
  std::uint64_t rows() const noexcept override { return draws_; }
  std::uint64_t samples() const noexcept override { return weights_.size(); }
  std::string describe() const override {
    return nlohmann::json({{"kind", "weighted_once"},
                           {"weights", hash_text(weights_)},
                           {"samples", weights_.size()},
                           {"draws", draws_},
                           {"seed", seed_}})
        .dump();
  }
  std::unique_ptr<EpochOrder> epoch(std::uint64_t epoch) const override {
    WeightTree tree(weights_);
    Draw draw = draw_at(seed_, epoch, 0, OrderStream::kOnce);
    std::vector<std::uint32_t> list(draws_);
    for (std::uint32_t& sample : list) {
      const std::size_t found = tree.find(draw.below(tree.total()));
      sample = static_cast<std::uint32_t>(found);
      tree.remove(found, weights_[found]);
    }
    return std::make_unique<ListOrder>(std::move(list));
  }

 private:
  std::vector<std::uint32_t> weights_;
  std::uint64_t draws_ = 0, seed_;
};

}  // namespace

SamplerPtr weighted(std::span<const double> weights, std::uint64_t draws, std::uint64_t seed) {
  const std::vector<std::uint32_t> whole = integer_weights(weights);
  return std::make_shared<DrawSampler>(Population{AliasTable(whole), {}, {}}, whole.size(), draws,
                                       seed, "weighted", hash_text(whole));
}

SamplerPtr weighted_classes(std::span<const std::int64_t> labels, std::span<const double> weights,
                            std::uint64_t draws, std::uint64_t seed) {
  std::vector<std::uint64_t> firsts(weights.size() + 1);
  const auto drawable = [&](std::int64_t label) {
    return label >= 0 && static_cast<std::uint64_t>(label) < weights.size();
  };
  for (const std::int64_t label : labels)
    if (drawable(label)) ++firsts[static_cast<std::size_t>(label) + 1];
  std::vector<double> present(weights.begin(), weights.end());  // a class without samples is none
  for (std::size_t i = 0; i < present.size(); ++i)
    if (firsts[i + 1] == 0) present[i] = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) firsts[i + 1] += firsts[i];
  std::vector<std::uint64_t> members(firsts.back()), next(firsts);
  for (std::size_t i = 0; i < labels.size(); ++i)
    if (drawable(labels[i])) members[next[static_cast<std::size_t>(labels[i])]++] = i;
  const std::vector<std::uint32_t> whole = integer_weights(present);
  std::string hash = hash_text(whole) + hash_text(members);
  return std::make_shared<DrawSampler>(
      Population{AliasTable(whole), std::move(firsts), std::move(members)}, labels.size(), draws,
      seed, "weighted_classes", std::move(hash));
}

SamplerPtr balanced(std::span<const std::int64_t> labels, std::uint64_t draws, std::uint64_t seed) {
  std::int64_t most = -1;
  for (const std::int64_t label : labels) most = std::max(most, label);
  constexpr std::int64_t kMostClasses = std::int64_t{1} << 32;
  if (most < 0) refuse_sampler("no label is a class");
  if (most >= kMostClasses) refuse_sampler("a label above 2^32");
  const std::vector<double> weights(static_cast<std::size_t>(most) + 1, 1.0);
  return weighted_classes(labels, weights, draws, seed);
}

SamplerPtr weighted_once(std::span<const double> weights, std::uint64_t draws, std::uint64_t seed) {
  if (weights.size() > kOnceLimit)
    refuse_sampler("weights without replacement are for 2^26 samples at most; use weighted()");
  return std::make_shared<OnceSampler>(integer_weights(weights), draws, seed);
}

}  // namespace dsprep
