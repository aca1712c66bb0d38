// Samplers of one permutation: sequential, shuffled, subset, block_shuffled.
#include <algorithm>
#include <utility>

#include "lib/data/permutation.h"
#include "lib/data/sampler_common.h"

namespace dsprep {
namespace {

/// A permutation, or none, of positions, and then a list that they point into, or none.
class PlainOrder final : public EpochOrder {
 public:
  PlainOrder(Permutation permutation, bool permuted, const std::vector<std::uint64_t>* chosen)
      : permutation_(std::move(permutation)), permuted_(permuted), chosen_(chosen) {}
  void append(std::uint64_t position, std::vector<std::uint64_t>& out) override {
    out.push_back(sample(position));
  }
  bool samples(std::span<const std::uint64_t> positions, std::span<std::uint64_t> out) override {
    for (std::size_t i = 0; i < positions.size(); ++i) out[i] = sample(positions[i]);
    return true;
  }

 private:
  std::uint64_t sample(std::uint64_t position) const {
    const std::uint64_t at = permuted_ ? permutation_.at(position) : position;
    return chosen_ ? (*chosen_)[at] : at;
  }

  Permutation permutation_;
  bool permuted_;
  const std::vector<std::uint64_t>* chosen_;
};

class PlainSampler final : public Sampler {
 public:
  PlainSampler(std::uint64_t samples, bool shuffle, std::uint64_t seed)
      : samples_(samples), rows_(samples), shuffle_(shuffle), seed_(seed) {}
  PlainSampler(std::vector<std::uint64_t> chosen, std::uint64_t samples, bool shuffle,
               std::uint64_t seed)
      : samples_(samples),
        rows_(chosen.size()),
        shuffle_(shuffle),
        seed_(seed),
        subset_(true),
        chosen_(std::move(chosen)) {
    for (const std::uint64_t sample : chosen_) {
      if (sample >= samples)
        refuse_sampler("a subset names sample " + std::to_string(sample) + " of " +
                       std::to_string(samples));
    }
  }

  std::uint64_t rows() const noexcept override { return rows_; }
  std::uint64_t samples() const noexcept override { return samples_; }
  std::string describe() const override {
    nlohmann::json text = {{"kind", subset_    ? "subset"
                                    : shuffle_ ? "shuffled"
                                               : "sequential"},
                           {"samples", samples_}};
    if (shuffle_) text["seed"] = seed_;
    if (subset_) text["chosen"] = hash_text(chosen_), text["shuffle"] = shuffle_;
    return text.dump();
  }
  std::unique_ptr<EpochOrder> epoch(std::uint64_t epoch) const override {
    return std::make_unique<PlainOrder>(
        shuffle_ ? Permutation(rows_, order_key(seed_, epoch, OrderStream::kShuffle))
                 : Permutation(),
        shuffle_, subset_ ? &chosen_ : nullptr);
  }

 private:
  std::uint64_t samples_, rows_;
  bool shuffle_;
  std::uint64_t seed_;
  bool subset_ = false;
  std::vector<std::uint64_t> chosen_;
};

// Blocks of alike numbers of shards, `window` at most: a last one of few shards would be shuffled
// worse than all others.
std::uint64_t blocks_of(std::uint64_t shards, std::uint64_t window) {
  return shards / window + (shards % window != 0 ? 1 : 0);
}

class BlockOrder final : public EpochOrder {
 public:
  BlockOrder(const std::vector<std::uint64_t>& firsts, std::uint64_t window, std::uint64_t seed,
             std::uint64_t epoch)
      : firsts_(firsts), blocks_(blocks_of(firsts.size() - 1, window)), seed_(seed), epoch_(epoch) {
    const std::uint64_t shards = firsts.size() - 1;
    const Permutation order(shards, order_key(seed, epoch, OrderStream::kShards));
    shards_.resize(shards);
    starts_.assign(1, 0);
    for (std::uint64_t i = 0; i < shards; ++i) {
      shards_[i] = order.at(i);
      starts_.push_back(starts_.back() + firsts[shards_[i] + 1] - firsts[shards_[i]]);
    }
  }

  void append(std::uint64_t position, std::vector<std::uint64_t>& out) override {
    if (position < begin_ || position >= end_) load(position);
    const std::uint64_t at = begin_ + permutation_.at(position - begin_);
    const std::uint64_t shard = shard_at(at);
    out.push_back(firsts_[shards_[shard]] + at - starts_[shard]);
  }

 private:
  std::uint64_t shard_at(std::uint64_t at) const {
    const auto behind = std::upper_bound(starts_.begin(), starts_.end(), at);
    return static_cast<std::uint64_t>(behind - starts_.begin()) - 1;
  }
  void load(std::uint64_t position) {
    // Block b begins at shard b · shards / blocks, rounded down.
    const std::uint64_t shards = shards_.size();
    const std::uint64_t block = ((shard_at(position) + 1) * blocks_ - 1) / shards;
    begin_ = starts_[block * shards / blocks_];
    end_ = starts_[(block + 1) * shards / blocks_];
    permutation_ = Permutation(end_ - begin_, order_key(seed_, epoch_, OrderStream::kBlock, block));
  }

  const std::vector<std::uint64_t>& firsts_;
  std::uint64_t blocks_, seed_, epoch_;
  std::vector<std::uint64_t> shards_;  // the permuted shards
  std::vector<std::uint64_t> starts_;  // positions before each of them
  std::uint64_t begin_ = 0, end_ = 0;  // of the window that permutation_ is of
  Permutation permutation_;
};

class BlockSampler final : public Sampler {
 public:
  BlockSampler(const std::vector<std::uint64_t>& shard_samples, std::uint64_t window,
               std::uint64_t seed)
      : window_(window), seed_(seed), firsts_{0} {
    if (window == 0) refuse_sampler("a window of 0 shards");
    for (const std::uint64_t samples : shard_samples) firsts_.push_back(firsts_.back() + samples);
  }
  std::uint64_t rows() const noexcept override { return firsts_.back(); }
  std::uint64_t samples() const noexcept override { return firsts_.back(); }
  std::string describe() const override {
    return nlohmann::json({{"kind", "block_shuffled"},
                           {"shards", hash_text(firsts_)},
                           {"samples", samples()},
                           {"window", window_},
                           {"blocks", blocks_of(firsts_.size() - 1, window_)},
                           {"seed", seed_}})
        .dump();
  }
  std::unique_ptr<EpochOrder> epoch(std::uint64_t epoch) const override {
    return std::make_unique<BlockOrder>(firsts_, window_, seed_, epoch);
  }

 private:
  std::uint64_t window_, seed_;
  std::vector<std::uint64_t> firsts_;  // samples before each shard, and all
};

}  // namespace

SamplerPtr sequential(std::uint64_t samples) {
  return std::make_shared<PlainSampler>(samples, false, 0);
}
SamplerPtr shuffled(std::uint64_t samples, std::uint64_t seed) {
  return std::make_shared<PlainSampler>(samples, true, seed);
}
SamplerPtr subset(std::vector<std::uint64_t> chosen, std::uint64_t samples, bool shuffle,
                  std::uint64_t seed) {
  return std::make_shared<PlainSampler>(std::move(chosen), samples, shuffle, seed);
}
SamplerPtr block_shuffled(std::vector<std::uint64_t> shard_samples, std::uint64_t window,
                          std::uint64_t seed) {
  return std::make_shared<BlockSampler>(shard_samples, window, seed);
}

}  // namespace dsprep
