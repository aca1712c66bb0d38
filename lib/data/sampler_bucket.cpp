// bucketed: a permutation, cut into windows, sorted by length inside. See ORDER.md, "Buckets".
#include <algorithm>
#include <utility>

#include "lib/data/permutation.h"
#include "lib/data/sampler_common.h"

namespace dsprep {
namespace {

struct Buckets {
  std::vector<std::uint32_t> lengths;
  std::uint64_t batch = 0, window = 0, seed = 0;  // window: in samples
};

class BucketOrder final : public EpochOrder {
 public:
  BucketOrder(const Buckets& buckets, std::uint64_t epoch)
      : buckets_(buckets),
        epoch_(epoch),
        permutation_(buckets.lengths.size(), order_key(buckets.seed, epoch, OrderStream::kBucket)) {
  }
  void append(std::uint64_t position, std::vector<std::uint64_t>& out) override {
    if (position < begin_ || position >= begin_ + window_.size()) load(position);
    const std::uint64_t at = position - begin_;
    const std::uint64_t bucket = at / buckets_.batch;
    if (bucket >= full_) return out.push_back(window_[at]);
    out.push_back(window_[order_.at(bucket) * buckets_.batch + at % buckets_.batch]);
  }

 private:
  // The last, incomplete bucket of an epoch is left out of the sorting: were it always the longest
  // or shortest samples, dropping it would drop always those.
  void load(std::uint64_t position) {
    const std::uint64_t number = position / buckets_.window;
    begin_ = number * buckets_.window;
    const std::uint64_t size = std::min(buckets_.window, buckets_.lengths.size() - begin_);
    full_ = size / buckets_.batch;
    window_.resize(size);
    sorting_.resize(full_ * buckets_.batch);
    for (std::uint64_t i = 0; i < size; ++i) window_[i] = permutation_.at(begin_ + i);
    for (std::uint64_t i = 0; i < sorting_.size(); ++i)
      sorting_[i] = {buckets_.lengths[window_[i]], window_[i]};
    std::ranges::sort(sorting_);
    for (std::uint64_t i = 0; i < sorting_.size(); ++i) window_[i] = sorting_[i].second;
    order_ = Permutation(full_, order_key(buckets_.seed, epoch_, OrderStream::kBuckets, number));
  }

  const Buckets& buckets_;
  std::uint64_t epoch_;
  Permutation permutation_;
  std::uint64_t begin_ = 0, full_ = 0;  // the window's first position, its complete buckets
  std::vector<std::uint64_t> window_;
  std::vector<std::pair<std::uint32_t, std::uint64_t>> sorting_;
  Permutation order_;
};

class BucketSampler final : public Sampler {
 public:
  explicit BucketSampler(Buckets buckets) : buckets_(std::move(buckets)) {}
  std::uint64_t rows() const noexcept override { return buckets_.lengths.size(); }
  std::uint64_t samples() const noexcept override { return buckets_.lengths.size(); }
  std::string describe() const override {
    return nlohmann::json({{"kind", "bucketed"},
                           {"lengths", hash_text(buckets_.lengths)},
                           {"batch", buckets_.batch},
                           {"window", buckets_.window / buckets_.batch},
                           {"seed", buckets_.seed}})
        .dump();
  }
  std::unique_ptr<EpochOrder> epoch(std::uint64_t epoch) const override {
    return std::make_unique<BucketOrder>(buckets_, epoch);
  }

 private:
  Buckets buckets_;
};

}  // namespace

SamplerPtr bucketed(std::vector<std::uint32_t> lengths, BucketOptions options, std::uint64_t seed) {
  constexpr std::uint64_t kMost = 1 << 30;
  if (options.batch == 0 || options.window == 0 || options.batch > kMost ||
      options.window > kMost / options.batch)
    refuse_sampler("buckets need a batch and a window of 1 or more, 2^30 samples together at most");
  return std::make_shared<BucketSampler>(
      Buckets{std::move(lengths), options.batch, options.batch * options.window, seed});
}

}  // namespace dsprep
