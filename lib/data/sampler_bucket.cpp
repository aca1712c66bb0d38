// bucketed: a permutation, cut into windows, sorted by length inside. See ORDER.md, "Buckets".
#include <algorithm>
#include <bit>
#include <utility>

#include "lib/data/permutation.h"
#include "lib/data/radix_sort.h"
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
        permutation_(buckets.lengths.size(), order_key(buckets.seed, epoch, OrderStream::kBucket)),
        sample_bits_(static_cast<unsigned>(std::bit_width(buckets.lengths.size()))),
        sample_mask_((std::uint64_t{1} << sample_bits_) - 1) {}
  void append(std::uint64_t position, std::vector<std::uint64_t>& out) override {
    if (position < begin_ || position >= begin_ + window_.size()) load(position);
    out.push_back(window_[position - begin_]);
  }
  bool samples(std::span<const std::uint64_t> positions, std::span<std::uint64_t> out) override {
    for (std::size_t i = 0; i < positions.size(); ++i) {
      if (positions[i] < begin_ || positions[i] >= begin_ + window_.size()) load(positions[i]);
      out[i] = window_[positions[i] - begin_];
    }
    return true;
  }

 private:
  // The last, incomplete bucket of an epoch is left out of the sorting: were it always the longest
  // or shortest samples, dropping it would drop always those.
  void load(std::uint64_t position) {
    const std::uint64_t number = position / buckets_.window;
    begin_ = number * buckets_.window;
    const std::uint64_t size = std::min(buckets_.window, buckets_.lengths.size() - begin_);
    const std::uint64_t full = size / buckets_.batch;
    window_.resize(size);
    for (std::uint64_t i = 0; i < size; ++i) window_[i] = permutation_.at(begin_ + i);
    sort(full * buckets_.batch);
    const Permutation order(full, order_key(buckets_.seed, epoch_, OrderStream::kBuckets, number));
    for (std::uint64_t bucket = 0; bucket < full; ++bucket)
      for (std::uint64_t i = 0; i < buckets_.batch; ++i)
        window_[bucket * buckets_.batch + i] =
            sorting_[order.at(bucket) * buckets_.batch + i] & sample_mask_;
  }

  // The first `count` samples of the window: length above, sample below.
  void sort(std::uint64_t count) {
    sorting_.resize(count);
    std::uint64_t all = 0;
    for (std::uint64_t i = 0; i < count; ++i) {
      sorting_[i] = std::uint64_t{buckets_.lengths[window_[i]]} << sample_bits_ | window_[i];
      all |= sorting_[i];
    }
    radix_sort(sorting_, scratch_, static_cast<unsigned>(std::bit_width(all)));
  }

  const Buckets& buckets_;
  std::uint64_t epoch_;
  Permutation permutation_;
  unsigned sample_bits_;  // 32 at most
  std::uint64_t sample_mask_;
  std::uint64_t begin_ = 0;  // the window's first position
  std::vector<std::uint64_t> window_, sorting_, scratch_;
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
  if (lengths.size() > 0xffffffff) refuse_sampler("buckets of 2^32 samples or more");
  if (options.batch == 0 || options.window == 0 || options.batch > kMost ||
      options.window > kMost / options.batch)
    refuse_sampler("buckets need a batch and a window of 1 or more, 2^30 samples together at most");
  return std::make_shared<BucketSampler>(
      Buckets{std::move(lengths), options.batch, options.batch * options.window, seed});
}

}  // namespace dsprep
