// Scalers as transforms of a loader, and the norm of pictures.
#include "dsprep/error.h"
#include "dsprep/fitted.h"

namespace dsprep {
namespace {

class ScaleTransform final : public Transform {
 public:
  ScaleTransform(Scaler scaler, std::string field)
      : scaler_(std::move(scaler)), field_(std::move(field)) {}
  std::vector<std::string> inputs() const override { return {field_}; }
  std::vector<Field> outputs(std::span<const Field> inputs) const override {
    const Field& in = inputs[0];
    if (in.encoding != Encoding::kArray)
      throw Error(ErrorCode::kUsage, "only arrays are scaled", {.field = in.name});
    const auto features = static_cast<std::int64_t>(scaler_.features());
    if (features != 1 && (in.shape.empty() || in.shape.back() != features)) {
      throw Error(
          ErrorCode::kUsage,
          "the scaler has " + std::to_string(features) + " features, the field's last axis has not",
          {.field = in.name});
    }
    return {{in.name, DType::kFloat32, in.shape, Encoding::kArray}};
  }
  void shapes(std::span<const Shape> inputs, std::span<Shape> outputs) const override {
    outputs[0] = inputs[0];
  }
  void apply(std::span<const Tensor> inputs, const DrawKey&, std::uint64_t, Workspace*,
             std::span<const TransformOutput> outputs) const override {
    const std::span<float> out = outputs[0].as<float>();
    scaler_.apply_rows(inputs[0].dtype, inputs[0].bytes.data(), out.data(),
                       out.size() / scaler_.features());
  }

 private:
  Scaler scaler_;
  std::string field_;
};

}  // namespace

TransformPtr scale(Scaler scaler, std::string field) {
  return std::make_shared<ScaleTransform>(std::move(scaler), std::move(field));
}

NormalizeOptions image_normalization(const FieldStats& stats) {
  if (stats.channels.size() != 3 && stats.channels.size() != 1) {
    throw Error(ErrorCode::kUsage, "a norm of pictures needs statistics of one or three channels",
                {.field = stats.field});
  }
  NormalizeOptions out;
  out.field = stats.field;
  for (std::size_t i = 0; i < 3; ++i) {
    const NumberStats& numbers = stats.channels[stats.channels.size() == 1 ? 0 : i].numbers;
    if (!(numbers.std > 0))
      throw Error(ErrorCode::kUsage, "a channel does not vary", {.field = stats.field});
    out.mean[i] = static_cast<float>(numbers.mean / 255);
    out.deviation[i] = static_cast<float>(numbers.std / 255);
  }
  return out;
}

}  // namespace dsprep
