#include "lib/stats/accumulator.h"

#include <cmath>
#include <string>
#include <utility>

#include "dsprep/error.h"
#include "dsprep/image.h"
#include "lib/stats/pixel_stats.h"

namespace dsprep {
namespace {

constexpr std::size_t kMostDifferent = std::size_t{1} << 20;
constexpr int kMeanBits = 32;  // images' means are kept as integers, in steps of 2^-32

class PictureAccumulator final : public Accumulator {
 public:
  PictureAccumulator(std::size_t channels, bool encoded, bool per_image,
                     std::vector<double> quantiles)
      : encoded_(encoded),
        per_image_(per_image),
        quantiles_(std::move(quantiles)),
        pixels_(channels, !quantiles_.empty()),
        means_(channels) {}

  void add(const Tensor& tensor) override {
    if (!encoded_)
      return count(
          {reinterpret_cast<const std::uint8_t*>(tensor.bytes.data()), tensor.bytes.size()});
    decoder_.decode(tensor.bytes, {}, image_);
    count(image_.pixels);
  }

  void merge(Accumulator& base) override {
    auto& other = static_cast<PictureAccumulator&>(base);
    pixels_.merge(other.pixels_);
    for (std::size_t c = 0; c < means_.size(); ++c) means_[c].merge(other.means_[c]);
  }

  void report(FieldStats& out) override {
    pixels_.flush();
    for (std::size_t c = 0; c < means_.size(); ++c) {
      const NumberStats pixels = numbers_of(pixels_.moments(c));
      ChannelStats channel{per_image_ ? of_means(c, pixels) : pixels, pixels_.histogram(c)};
      if (pixels.count != 0)
        channel.numbers.quantiles = quantiles_of(channel.histogram, pixels.count, quantiles_);
      out.channels.push_back(std::move(channel));
    }
  }

 private:
  void count(std::span<const std::uint8_t> pixels) {
    pixels_.add(pixels);
    if (per_image_ && pixels.size() >= means_.size()) add_means(pixels);
  }

  void add_means(std::span<const std::uint8_t> pixels) {
    const std::size_t channels = means_.size(), count = pixels.size() / channels;
    std::array<std::uint64_t, 4> sums{};
    for (std::size_t i = 0; i < count * channels; i += channels) {
      for (std::size_t c = 0; c < channels; ++c) sums[c] += pixels[i + c];
    }
    for (std::size_t c = 0; c < channels; ++c) {
      const Wide scaled = ((Wide(sums[c]) << kMeanBits) + count / 2) / count;
      means_[c].add(static_cast<std::int64_t>(scaled));
    }
  }

  NumberStats of_means(std::size_t channel, const NumberStats& pixels) const {
    NumberStats stats = numbers_of(means_[channel]);
    stats.mean = std::ldexp(stats.mean, -kMeanBits);
    stats.std = std::ldexp(stats.std, -kMeanBits);
    stats.min = pixels.min;
    stats.max = pixels.max;
    return stats;
  }

  bool encoded_;
  bool per_image_;
  std::vector<double> quantiles_;
  PixelCounter pixels_;
  std::vector<Moments> means_;
  ImageDecoder decoder_;
  Image image_;
};

// How often each different value stands there.
template <class Value>
class ValueCounts {
 public:
  template <class View>
  void add(const View& value, std::string_view field) {
    const auto found = counts_.find(value);
    if (found != counts_.end()) {
      ++found->second;
      return;
    }
    counts_.emplace(value, 1);
    check(field);
  }
  void merge(ValueCounts& other, std::string_view field) {
    for (const auto& [value, count] : other.counts_) counts_[value] += count;
    other.counts_.clear();
    check(field);
  }
  const auto& counts() const { return counts_; }

 private:
  void check(std::string_view field) const {
    if (counts_.size() <= kMostDifferent) return;
    throw Error(ErrorCode::kTooLarge, "more than 2^20 different labels or categories",
                {.field = std::string(field)});
  }
  std::map<Value, std::uint64_t, std::less<>> counts_;
};

class LabelAccumulator final : public Accumulator {
 public:
  explicit LabelAccumulator(std::string field) : field_(std::move(field)) {}
  void add(const Tensor& tensor) override { counts_.add(tensor.label(), field_); }
  void merge(Accumulator& base) override {
    counts_.merge(static_cast<LabelAccumulator&>(base).counts_, field_);
  }
  void report(FieldStats& out) override {
    for (const auto& [label, count] : counts_.counts()) out.labels[label] = count;
  }

 private:
  std::string field_;
  ValueCounts<std::int64_t> counts_;
};

class CategoryAccumulator final : public Accumulator {
 public:
  CategoryAccumulator(const Field& field, std::uint64_t min_count)
      : field_(field.name), min_count_(min_count) {}

  void add(const Tensor& tensor) override {
    if (dtype_size(tensor.dtype) == 1 && tensor.encoding != Encoding::kArray &&
        tensor.encoding != Encoding::kClass) {
      texts_.add(
          std::string_view(reinterpret_cast<const char*>(tensor.bytes.data()), tensor.bytes.size()),
          field_);
    } else {
      integers_.add(tensor.label(), field_);
    }
  }
  void merge(Accumulator& base) override {
    auto& other = static_cast<CategoryAccumulator&>(base);
    integers_.merge(other.integers_, field_);
    texts_.merge(other.texts_, field_);
  }
  void report(FieldStats& out) override {
    const auto list = [&](std::string value, std::uint64_t count) {
      if (count < min_count_) {
        out.unknown += count;
      } else {
        out.categories.push_back({std::move(value), count});
      }
    };
    for (const auto& [value, count] : integers_.counts()) list(std::to_string(value), count);
    for (const auto& [value, count] : texts_.counts()) list(value, count);
  }

 private:
  std::string field_;
  std::uint64_t min_count_;
  ValueCounts<std::int64_t> integers_;
  ValueCounts<std::string> texts_;
};

}  // namespace

bool is_picture(const Field& field) {
  if (field.encoding == Encoding::kImage) return true;
  return field.encoding == Encoding::kArray && field.dtype == DType::kUint8 &&
         field.shape.size() == 3 && field.shape[2] >= 1 && field.shape[2] <= 4;
}

std::unique_ptr<Accumulator> make_accumulator(const Field& field, StatsPer per,
                                              const StatsOptions& options) {
  if (per == StatsPer::kPixel || per == StatsPer::kImage) {
    const bool encoded = field.encoding == Encoding::kImage;
    const std::size_t channels = encoded ? 3 : static_cast<std::size_t>(field.shape[2]);
    return std::make_unique<PictureAccumulator>(channels, encoded, per == StatsPer::kImage,
                                                options.quantiles);
  }
  if (per == StatsPer::kCategory)
    return std::make_unique<CategoryAccumulator>(field, options.min_count);
  return std::make_unique<LabelAccumulator>(field.name);
}

}  // namespace dsprep
