#include <algorithm>
#include <cstring>
#include <utility>

#include "dsprep/augment.h"
#include "dsprep/error.h"
#include "dsprep/transform.h"
#include "lib/data/convert.h"
#include "lib/data/simd.h"

namespace dsprep {
namespace {

[[noreturn]] void refuse(const Field& field, const std::string& why) {
  throw Error(ErrorCode::kUsage, why, {.field = field.name});
}

class MapField final : public Transform {
 public:
  MapField(std::string input, Field output, FieldFunction function)
      : input_(std::move(input)), output_(std::move(output)), function_(std::move(function)) {}
  std::vector<std::string> inputs() const override { return {input_}; }
  std::vector<Field> outputs(std::span<const Field>) const override { return {output_}; }
  // A ragged output has its input's shape: nothing else is known before the sample is read.
  void shapes(std::span<const Shape> inputs, std::span<Shape> outputs) const override {
    outputs[0] = inputs[0];
  }
  void apply(std::span<const Tensor> inputs, const DrawKey& key, std::uint64_t number, Workspace*,
             std::span<const TransformOutput> outputs) const override {
    function_(inputs[0], key, number, outputs[0]);
  }

 private:
  std::string input_;
  Field output_;
  FieldFunction function_;
};

// Product and sum are rounded one after the other (no fused multiply-add), see lib/CMakeLists.txt.
struct Plane {
  DSPREP_INLINE static void run(const std::uint8_t* pixels, float* out, std::size_t count,
                                float scale, float shift) {
    for (std::size_t i = 0; i < count; ++i) out[i] = static_cast<float>(pixels[i]) * scale + shift;
  }
};
struct Interleaved {
  DSPREP_INLINE static void run(const std::uint8_t* pixels, float* out, std::size_t count,
                                const float* scale, const float* shift) {
    float *red = out, *green = out + count, *blue = green + count;
    for (std::size_t i = 0; i < count; ++i) {
      red[i] = static_cast<float>(pixels[3 * i]) * scale[0] + shift[0];
      green[i] = static_cast<float>(pixels[3 * i + 1]) * scale[1] + shift[1];
      blue[i] = static_cast<float>(pixels[3 * i + 2]) * scale[2] + shift[2];
    }
  }
};

class Normalize final : public Transform {
 public:
  explicit Normalize(NormalizeOptions options) : options_(std::move(options)) {
    for (std::size_t i = 0; i < 3; ++i) {
      if (!(options_.deviation[i] > 0))
        throw Error(ErrorCode::kUsage, "normalize: a deviation must be above 0");
      scale_[i] = 1 / (255 * options_.deviation[i]);
      shift_[i] = -options_.mean[i] / options_.deviation[i];
    }
  }
  std::vector<std::string> inputs() const override { return {options_.field}; }
  std::vector<Field> outputs(std::span<const Field> inputs) const override {
    const Field& in = inputs[0];
    if (in.dtype != DType::kUint8 || in.encoding != Encoding::kArray || in.ragged())
      refuse(in, "normalize needs raw uint8 pixels of one shape");
    return {{in.name, DType::kFloat32, planes(in.shape), Encoding::kArray}};
  }
  void apply(std::span<const Tensor> inputs, const DrawKey&, std::uint64_t, Workspace*,
             std::span<const TransformOutput> outputs) const override {
    const Shape& from = inputs[0].shape;
    const auto* pixels = reinterpret_cast<const std::uint8_t*>(inputs[0].bytes.data());
    float* out = outputs[0].as<float>().data();
    const Shape& to = outputs[0].shape;
    const std::size_t count = to[1] * to[2];
    if (to[0] == 3 && from[0] != 3)
      return with_simd<Interleaved>(pixels, out, count, scale_.data(), shift_.data());
    for (std::size_t c = 0; c < to[0]; ++c)
      with_simd<Plane>(pixels + c * count, out + c * count, count, scale_[c], shift_[c]);
  }

 private:
  // (H, W), (1, H, W), (3, H, W), (H, W, 1) or (H, W, 3) to (C, H, W).
  static std::vector<std::int64_t> planes(const std::vector<std::int64_t>& shape) {
    if (shape.size() == 2) return {1, shape[0], shape[1]};
    if (shape.size() == 3 && (shape[0] == 3 || shape[0] == 1)) return shape;
    if (shape.size() == 3 && (shape[2] == 3 || shape[2] == 1))
      return {shape[2], shape[0], shape[1]};
    throw Error(ErrorCode::kUsage, "normalize needs (H, W, C) or (C, H, W) with 1 or 3 channels");
  }

  NormalizeOptions options_;
  std::array<float, 3> scale_{}, shift_{};
};

class NextToken final : public Transform {
 public:
  explicit NextToken(std::string field) : field_(std::move(field)) {}
  std::vector<std::string> inputs() const override { return {field_}; }
  std::vector<Field> outputs(std::span<const Field> inputs) const override {
    const Field& in = inputs[0];
    if (in.shape.size() != 1 || in.shape[0] < 2 || !can_convert(in.dtype, DType::kInt64))
      refuse(in, "next_token needs windows of n + 1 integer tokens");
    const std::vector<std::int64_t> shape = {in.shape[0] - 1};
    return {{"input_ids", DType::kInt64, shape, Encoding::kArray},
            {"targets", DType::kInt64, shape, Encoding::kArray}};
  }
  void apply(std::span<const Tensor> inputs, const DrawKey&, std::uint64_t, Workspace*,
             std::span<const TransformOutput> outputs) const override {
    const Tensor& in = inputs[0];
    const std::size_t item = dtype_size(in.dtype), count = in.bytes.size() / item - 1;
    convert_elements(in.dtype, in.bytes.data(), DType::kInt64, outputs[0].bytes.data(), count);
    convert_elements(in.dtype, in.bytes.data() + item, DType::kInt64, outputs[1].bytes.data(),
                     count);
  }

 private:
  std::string field_;
};

class Augment final : public Transform {
 public:
  Augment(const AugmentOptions& options, std::string field)
      : augment_(options), field_(std::move(field)) {}
  std::vector<std::string> inputs() const override { return {field_}; }
  std::vector<Field> outputs(std::span<const Field> inputs) const override {
    const Field& in = inputs[0];
    const bool pixels = in.encoding == Encoding::kArray && in.dtype == DType::kUint8 &&
                        in.shape.size() == 3 && (in.shape[2] == 1 || in.shape[2] == 3);
    if (in.encoding != Encoding::kImage && !pixels)
      refuse(in, "augment needs encoded pictures, or raw uint8 pixels (H, W, C)");
    Field out = augment_.output();
    out.name = in.name;
    return {out};
  }
  std::unique_ptr<Workspace> workspace() const override { return std::make_unique<Memory>(); }
  void apply(std::span<const Tensor> inputs, const DrawKey& key, std::uint64_t,
             Workspace* workspace, std::span<const TransformOutput> outputs) const override {
    const Tensor& in = inputs[0];
    AugmentWorkspace& memory = static_cast<Memory*>(workspace)->memory;
    if (in.encoding == Encoding::kImage)
      return augment_.apply(in.bytes, key, memory, outputs[0].bytes);
    augment_.apply(PixelView{.bytes = in.bytes,
                             .width = static_cast<std::uint32_t>(in.shape[1]),
                             .height = static_cast<std::uint32_t>(in.shape[0]),
                             .channels = static_cast<std::uint32_t>(in.shape[2])},
                   key, memory, outputs[0].bytes);
  }

 private:
  struct Memory final : Workspace {
    AugmentWorkspace memory;
  };
  ImageAugment augment_;
  std::string field_;
};

}  // namespace

void Transform::shapes(std::span<const Shape>, std::span<Shape>) const {
  throw Error(ErrorCode::kInternal, "a transform with ragged outputs does not say their shapes");
}

TransformPtr map_field(std::string input, Field output, FieldFunction function) {
  return std::make_shared<MapField>(std::move(input), std::move(output), std::move(function));
}
TransformPtr normalize(NormalizeOptions options) {
  return std::make_shared<Normalize>(std::move(options));
}
TransformPtr augment(const AugmentOptions& options, std::string field) {
  return std::make_shared<Augment>(options, std::move(field));
}
TransformPtr next_token(std::string field) { return std::make_shared<NextToken>(std::move(field)); }

}  // namespace dsprep
