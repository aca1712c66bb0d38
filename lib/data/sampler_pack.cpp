// packed: windows of samples, each packed into rows by best fit. See ORDER.md, "Packing".
#include <algorithm>
#include <utility>

#include "lib/data/permutation.h"
#include "lib/data/sampler_common.h"

namespace dsprep {
namespace {

/// Packs one window: best fit of the longest first. Memory is reused from window to window.
class Packer {
 public:
  /// `samples` are rearranged by row; `rows` gets where each row begins, and the end.
  void pack(std::vector<std::uint64_t>& samples, const std::vector<std::uint32_t>& lengths,
            std::uint32_t row) {
    sorted_.clear();
    for (const std::uint64_t sample : samples) sorted_.emplace_back(~lengths[sample], sample);
    std::ranges::sort(sorted_);
    room_.clear();
    placed_.clear();
    std::uint32_t count = 0;
    for (const auto& [inverted, sample] : sorted_) {
      const std::uint32_t length = ~inverted;
      auto found = std::ranges::lower_bound(room_, std::pair{length, 0U});
      if (found == room_.end()) found = room_.insert(found, {row, count++});
      placed_.emplace_back(found->second, sample);
      shrink(found, length);
    }
    std::ranges::stable_sort(placed_, {}, &std::pair<std::uint32_t, std::uint64_t>::first);
    rows.clear();
    for (std::size_t i = 0; i < placed_.size(); ++i) {
      if (i == 0 || placed_[i].first != placed_[i - 1].first) rows.push_back(i);
      samples[i] = placed_[i].second;
    }
    rows.push_back(placed_.size());
  }
  std::vector<std::uint64_t> rows;

 private:
  using Room = std::vector<std::pair<std::uint32_t, std::uint32_t>>;  // (left, row), sorted
  // Takes `length` from one row's room and moves the row down to its new place.
  void shrink(Room::iterator found, std::uint32_t length) {
    const std::pair<std::uint32_t, std::uint32_t> now{found->first - length, found->second};
    const auto place = std::lower_bound(room_.begin(), found, now);
    std::move_backward(place, found, found + 1);
    *place = now;
  }

  std::vector<std::pair<std::uint32_t, std::uint64_t>> sorted_, placed_;
  Room room_;
};

struct Packs {
  std::vector<std::uint32_t> lengths;
  std::uint32_t row = 0;
  std::uint64_t window = 0, seed = 0;
  Permutation samples;                 // of all samples, by the seed alone
  std::vector<std::uint32_t> rows_of;  // rows of each window
  std::uint64_t rows = 0;

  void load(std::uint64_t number, std::vector<std::uint64_t>& out) const {
    const std::uint64_t begin = number * window;
    out.resize(std::min<std::uint64_t>(window, lengths.size() - begin));
    for (std::uint64_t i = 0; i < out.size(); ++i) out[i] = samples.at(begin + i);
  }
};

class PackOrder final : public EpochOrder {
 public:
  PackOrder(const Packs& packs, std::uint64_t epoch) : packs_(packs), epoch_(epoch) {
    const std::uint64_t windows = packs.rows_of.size();
    windows_ = Permutation(windows, order_key(packs.seed, epoch, OrderStream::kPackWindows));
    starts_.assign(1, 0);
    for (std::uint64_t i = 0; i < windows; ++i)
      starts_.push_back(starts_.back() + packs.rows_of[windows_.at(i)]);
  }
  void append(std::uint64_t position, std::vector<std::uint64_t>& out) override {
    if (position < begin_ || position >= end_) load(position);
    const std::uint64_t row = rows_.at(position - begin_);
    for (std::uint64_t i = packer_.rows[row]; i < packer_.rows[row + 1]; ++i)
      out.push_back(samples_[i]);
  }

 private:
  void load(std::uint64_t position) {
    const auto behind = std::ranges::upper_bound(starts_, position);
    const auto place = static_cast<std::uint64_t>(behind - starts_.begin()) - 1;
    const std::uint64_t window = windows_.at(place);
    begin_ = starts_[place];
    end_ = starts_[place + 1];
    packs_.load(window, samples_);
    packer_.pack(samples_, packs_.lengths, packs_.row);
    rows_ =
        Permutation(end_ - begin_, order_key(packs_.seed, epoch_, OrderStream::kPackRows, window));
  }

  const Packs& packs_;
  std::uint64_t epoch_;
  Permutation windows_, rows_;
  std::vector<std::uint64_t> starts_;  // rows before each of the permuted windows
  std::uint64_t begin_ = 0, end_ = 0;
  std::vector<std::uint64_t> samples_;
  Packer packer_;
};

class PackSampler final : public Sampler {
 public:
  explicit PackSampler(Packs packs) : packs_(std::move(packs)) {}
  std::uint64_t rows() const noexcept override { return packs_.rows; }
  std::uint64_t samples() const noexcept override { return packs_.lengths.size(); }
  std::string describe() const override {
    return nlohmann::json({{"kind", "packed"},
                           {"lengths", hash_text(packs_.lengths)},
                           {"row", packs_.row},
                           {"window", packs_.window},
                           {"seed", packs_.seed}})
        .dump();
  }
  std::unique_ptr<EpochOrder> epoch(std::uint64_t epoch) const override {
    return std::make_unique<PackOrder>(packs_, epoch);
  }

 private:
  Packs packs_;
};

}  // namespace

SamplerPtr packed(std::vector<std::uint32_t> lengths, PackOptions options, std::uint64_t seed) {
  if (options.row == 0 || options.window == 0) refuse_sampler("packing needs a row and a window");
  for (std::size_t i = 0; i < lengths.size(); ++i) {
    if (lengths[i] > options.row) {
      throw Error(ErrorCode::kUsage,
                  "the sample has " + std::to_string(lengths[i]) + " elements, a packed row " +
                      std::to_string(options.row),
                  {.sample = i}, "cut long samples into windows, or pack into longer rows");
    }
  }
  Packs packs{.lengths = std::move(lengths),
              .row = options.row,
              .window = options.window,
              .seed = seed,
              .samples = {},
              .rows_of = {},
              .rows = 0};
  packs.samples = Permutation(packs.lengths.size(), order_key(seed, 0, OrderStream::kPack));
  Packer packer;
  std::vector<std::uint64_t> samples;
  for (std::uint64_t i = 0; i * packs.window < packs.lengths.size(); ++i) {
    packs.load(i, samples);
    packer.pack(samples, packs.lengths, packs.row);
    packs.rows_of.push_back(static_cast<std::uint32_t>(packer.rows.size() - 1));
    packs.rows += packs.rows_of.back();
  }
  return std::make_shared<PackSampler>(std::move(packs));
}

}  // namespace dsprep
