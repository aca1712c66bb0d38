#include "lib/stats/accumulator.h"

#include <cmath>
#include <string>
#include <type_traits>
#include <utility>

#include "dsprep/error.h"
#include "dsprep/image.h"
#include "lib/stats/moments.h"

namespace dsprep {
namespace {

constexpr std::size_t kMostLabels = std::size_t{1} << 20;
constexpr int kMeanBits = 32;  // images' means are kept as integers, in steps of 2^-32

NumberStats numbers(const Moments& moments) {
  if (moments.count() == 0) return {};
  return {moments.count(), moments.mean(), moments.standard_deviation(), moments.min(),
          moments.max()};
}

using Histogram = std::array<std::uint64_t, 256>;

Moments moments_of(const Histogram& histogram) {
  Moments moments;
  for (std::size_t value = 0; value < histogram.size(); ++value) {
    moments.add(static_cast<std::int64_t>(value), histogram[value]);
  }
  return moments;
}

class PictureAccumulator final : public Accumulator {
 public:
  PictureAccumulator(std::size_t channels, bool encoded, bool per_image)
      : encoded_(encoded), per_image_(per_image), channels_(channels) {}

  void add(const Tensor& tensor) override {
    if (!encoded_) return count(tensor.as<std::uint8_t>());
    decoder_.decode(tensor.bytes, {}, image_);
    count(image_.pixels);
  }

  void merge(const Accumulator& base) override {
    const auto& other = static_cast<const PictureAccumulator&>(base);
    for (std::size_t c = 0; c < channels_.size(); ++c) {
      for (std::size_t v = 0; v < 256; ++v) channels_[c].pixels[v] += other.channels_[c].pixels[v];
      channels_[c].means.merge(other.channels_[c].means);
    }
  }

  void report(FieldStats& out) const override {
    for (const Channel& channel : channels_) {
      const NumberStats pixels = numbers(moments_of(channel.pixels));
      NumberStats stats = pixels;
      if (per_image_) {
        stats = numbers(channel.means);
        stats.mean = std::ldexp(stats.mean, -kMeanBits);
        stats.std = std::ldexp(stats.std, -kMeanBits);
        stats.min = pixels.min;
        stats.max = pixels.max;
      }
      out.channels.push_back({stats, channel.pixels});
    }
  }

 private:
  struct Channel {
    Histogram pixels{};
    Moments means;
  };

  void count(std::span<const std::uint8_t> pixels) {
    const std::size_t channels = channels_.size();
    const std::size_t used = pixels.size() / channels * channels;
    std::array<std::uint64_t, 4> sums{};
    for (std::size_t i = 0; i < used; i += channels) {
      for (std::size_t c = 0; c < channels; ++c) {
        ++channels_[c].pixels[pixels[i + c]];
        sums[c] += pixels[i + c];
      }
    }
    if (per_image_ && used != 0) add_means(sums, used / channels);
  }

  void add_means(const std::array<std::uint64_t, 4>& sums, std::uint64_t count) {
    for (std::size_t c = 0; c < channels_.size(); ++c) {
      const Wide scaled = ((Wide(sums[c]) << kMeanBits) + count / 2) / count;
      channels_[c].means.add(static_cast<std::int64_t>(scaled));
    }
  }

  bool encoded_;
  bool per_image_;
  std::vector<Channel> channels_;
  ImageDecoder decoder_;
  Image image_;
};

template <class T>
void add_all(Moments& moments, const Tensor& tensor) {
  for (const T value : tensor.as<T>()) {
    if constexpr (std::is_same_v<T, std::uint64_t>) {
      if (std::in_range<std::int64_t>(value)) {
        moments.add(static_cast<std::int64_t>(value));
        continue;
      }
      throw Error(ErrorCode::kTooLarge, "an integer over 2^63-1, which statistics do not count",
                  {.field = std::string(tensor.name)});
    } else {
      moments.add(static_cast<std::int64_t>(value));
    }
  }
}

void add_values(Moments& moments, const Tensor& tensor) {
  switch (tensor.dtype) {
    case DType::kBool:
      for (const std::byte value : tensor.bytes) moments.add(value == std::byte{0} ? 0 : 1);
      return;
    case DType::kUint8:
      return add_all<std::uint8_t>(moments, tensor);
    case DType::kInt8:
      return add_all<std::int8_t>(moments, tensor);
    case DType::kUint16:
      return add_all<std::uint16_t>(moments, tensor);
    case DType::kInt16:
      return add_all<std::int16_t>(moments, tensor);
    case DType::kUint32:
      return add_all<std::uint32_t>(moments, tensor);
    case DType::kInt32:
      return add_all<std::int32_t>(moments, tensor);
    case DType::kUint64:
      return add_all<std::uint64_t>(moments, tensor);
    case DType::kInt64:
      return add_all<std::int64_t>(moments, tensor);
    default:
      throw Error(ErrorCode::kInternal, "statistics of floats");
  }
}

// Integers, and the lengths of what has no values: texts.
class ValueAccumulator final : public Accumulator {
 public:
  ValueAccumulator(bool values, bool lengths) : with_values_(values), with_lengths_(lengths) {}

  void add(const Tensor& tensor) override {
    if (with_values_) add_values(values_, tensor);
    if (with_lengths_)
      lengths_.add(static_cast<std::int64_t>(tensor.bytes.size() / dtype_size(tensor.dtype)));
  }
  void merge(const Accumulator& base) override {
    const auto& other = static_cast<const ValueAccumulator&>(base);
    values_.merge(other.values_);
    lengths_.merge(other.lengths_);
  }
  void report(FieldStats& out) const override {
    if (with_values_) out.values = numbers(values_);
    if (with_lengths_) out.lengths = numbers(lengths_);
  }

 private:
  bool with_values_;
  bool with_lengths_;
  Moments values_;
  Moments lengths_;
};

class LabelAccumulator final : public Accumulator {
 public:
  void add(const Tensor& tensor) override {
    ++counts_[tensor.label()];
    if (counts_.size() <= kMostLabels) return;
    throw Error(ErrorCode::kTooLarge, "more than 2^20 different labels",
                {.field = std::string(tensor.name)});
  }
  void merge(const Accumulator& base) override {
    for (const auto& [label, count] : static_cast<const LabelAccumulator&>(base).counts_)
      counts_[label] += count;
  }
  void report(FieldStats& out) const override { out.labels = counts_; }

 private:
  std::map<std::int64_t, std::uint64_t> counts_;
};

}  // namespace

bool is_picture(const Field& field) {
  if (field.encoding == Encoding::kImage) return true;
  return field.encoding == Encoding::kArray && field.dtype == DType::kUint8 &&
         field.shape.size() == 3 && field.shape[2] >= 1 && field.shape[2] <= 4;
}

std::string stats_refusal(const Field& field, StatsPer per) {
  if (field.dtype >= DType::kFloat16) {
    return "statistics of " + std::string(dtype_name(field.dtype)) +
           " are not supported by this version of dsprep";
  }
  if ((per == StatsPer::kPixel || per == StatsPer::kImage) && !is_picture(field))
    return "only pictures have pixels";
  if (per == StatsPer::kValue && field.encoding == Encoding::kImage)
    return "an encoded picture has no values but pixels";
  return {};
}

std::unique_ptr<Accumulator> make_accumulator(const Field& field, StatsPer per) {
  if (const std::string refusal = stats_refusal(field, per); !refusal.empty()) {
    throw Error(ErrorCode::kUsage, refusal, {.field = field.name});
  }
  if (per == StatsPer::kPixel || per == StatsPer::kImage) {
    const bool encoded = field.encoding == Encoding::kImage;
    const std::size_t channels = encoded ? 3 : static_cast<std::size_t>(field.shape[2]);
    return std::make_unique<PictureAccumulator>(channels, encoded, per == StatsPer::kImage);
  }
  if (field.encoding == Encoding::kClass) return std::make_unique<LabelAccumulator>();
  const bool values = field.encoding == Encoding::kArray;
  return std::make_unique<ValueAccumulator>(values, !values || field.ragged());
}

}  // namespace dsprep
