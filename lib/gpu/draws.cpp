#include "lib/gpu/draws.h"

#include <cstring>

#include "dsprep/error.h"
#include "lib/gpu/pixel_job.h"
#include "lib/image/augment_draw.h"
#include "lib/image/exact_math.h"

namespace dsprep::cuda {
namespace {

PixelAxis axis(std::uint32_t begin, std::uint32_t size, std::uint32_t total, std::uint32_t skip) {
  return {static_cast<std::int32_t>(begin), static_cast<std::int32_t>(size),
          static_cast<std::int32_t>(total), static_cast<std::int32_t>(skip)};
}

class PixelDraws final : public Transform {
 public:
  PixelDraws(const PixelOptions& options, Field field)
      : name_(field.name + "_draw"),
        field_(std::move(field)),
        none_(options.crop == DeviceCrop::kNone),
        augment_(augment_options(options)),
        log_ratio_{exact_log(augment_.ratio[0]), exact_log(augment_.ratio[1])} {}

  std::vector<std::string> inputs() const override {
    return field_.ragged() ? std::vector<std::string>{field_.name} : std::vector<std::string>{};
  }
  std::vector<Field> outputs(std::span<const Field>) const override {
    std::vector<Field> out;
    if (field_.ragged()) out.push_back(field_);
    out.push_back({name_, DType::kInt32, {static_cast<std::int64_t>(kDrawElements)}});
    return out;
  }
  void shapes(std::span<const Shape> inputs, std::span<Shape> outputs) const override {
    outputs[0] = inputs[0];
    outputs[1] = {kDrawElements};
  }
  void apply(std::span<const Tensor> inputs, const DrawKey& key, std::uint64_t, Workspace*,
             std::span<const TransformOutput> outputs) const override {
    std::uint64_t height = 0, width = 0;
    if (field_.ragged()) {
      const Tensor& in = inputs[0];
      if (!in.bytes.empty()) std::memcpy(outputs[0].bytes.data(), in.bytes.data(), in.bytes.size());
      height = in.shape[0], width = in.shape[1];
    } else {
      height = static_cast<std::uint64_t>(field_.shape[0]);
      width = static_cast<std::uint64_t>(field_.shape[1]);
    }
    if (width == 0 || height == 0 || width > kLargestExtent || height > kLargestExtent)
      too_large(width, height);
    PixelDraw draw =
        draw_of(static_cast<std::uint32_t>(width), static_cast<std::uint32_t>(height), key);
    if (draw.x.total > kLargestExtent || draw.y.total > kLargestExtent ||
        !sums_below(draw, std::uint64_t{1} << 63))
      too_large(width, height);
    draw.wide = sums_below(draw, std::uint64_t{1} << 32) ? 0 : 1;
    std::memcpy(outputs.back().bytes.data(), &draw, sizeof(draw));
  }

 private:
  [[noreturn]] void too_large(std::uint64_t width, std::uint64_t height) const {
    throw Error(ErrorCode::kTooLarge,
                "a picture of " + std::to_string(width) + " x " + std::to_string(height) +
                    " pixels is empty, or too large to be resized on the device",
                {.field = field_.name});
  }

  PixelDraw draw_of(std::uint32_t width, std::uint32_t height, const DrawKey& key) const {
    const std::int32_t flip = augment_flip(augment_, key) ? 1 : 0;
    if (none_) return {axis(0, width, width, 0), axis(0, height, height, 0), flip, 0};
    const Resample r = augment_resample(width, height, augment_, log_ratio_, key);
    return {axis(r.source.x, r.source.width, r.scaled_width, r.window.x),
            axis(r.source.y, r.source.height, r.scaled_height, r.window.y), flip, 0};
  }

  std::string name_;
  Field field_;
  bool none_;
  AugmentOptions augment_;
  std::array<double, 2> log_ratio_;
};

class MadeMarks final : public Transform {
 public:
  explicit MadeMarks(std::string name) : name_(std::move(name)) {}
  std::vector<std::string> inputs() const override { return {}; }
  std::vector<Field> outputs(std::span<const Field>) const override {
    return {{name_, DType::kUint8, {}}};
  }
  void apply(std::span<const Tensor>, const DrawKey&, std::uint64_t, Workspace*,
             std::span<const TransformOutput> outputs) const override {
    outputs[0].bytes[0] = std::byte{1};
  }

 private:
  std::string name_;
};

}  // namespace

AugmentOptions augment_options(const PixelOptions& options) {
  AugmentOptions augment{.width = options.width,
                         .height = options.height,
                         .scale = options.scale,
                         .ratio = options.ratio,
                         .shorter = options.shorter,
                         .flip = options.flip,
                         .mean = options.mean,
                         .std = options.std};
  if (options.crop == DeviceCrop::kCenter) augment.crop = CropMode::kCenter;
  augment.validate();
  return augment;
}

TransformPtr pixel_draws(const PixelOptions& options, const Field& field) {
  return std::make_shared<PixelDraws>(options, field);
}
TransformPtr made_marks(const std::string& field) {
  return std::make_shared<MadeMarks>(field + "_made");
}

}  // namespace dsprep::cuda
