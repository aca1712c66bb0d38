#include "dsprep/augment.h"
#include "dsprep/error.h"
#include "formats/common/json.h"

namespace dsprep {
namespace {

constexpr std::string_view kCropNames[] = {"random_resized", "center"};
constexpr std::string_view kLayoutNames[] = {"float_chw", "byte_hwc", "byte_chw"};
constexpr std::uint32_t kMaxSide = 1 << 14;

void require(bool right, const char* what) {
  if (!right) throw Error(ErrorCode::kUsage, what);
}

// Written so that NaN is refused as well.
bool in_range(double value, double low, double high) { return value >= low && value <= high; }

}  // namespace

void AugmentOptions::validate() const {
  require(in_range(width, 1, kMaxSide) && in_range(height, 1, kMaxSide),
          "width and height of an augmentation must lie between 1 and 16384");
  require(in_range(scale[0], 1e-9, 1) && in_range(scale[1], scale[0], 1),
          "scale of an augmentation must be an ascending pair from 0 (excluded) to 1");
  require(in_range(ratio[0], 1e-3, 1e3) && in_range(ratio[1], ratio[0], 1e3),
          "ratio of an augmentation must be an ascending pair from 0.001 to 1000");
  require(crop != CropMode::kCenter ||
              (in_range(shorter, 1, kMaxSide) && width <= shorter && height <= shorter),
          "shorter of an augmentation must be at least width and height");
  require(in_range(flip, 0, 1), "flip of an augmentation is a chance from 0 to 1");
  require(in_range(jitter.brightness, 0, 1e3) && in_range(jitter.contrast, 0, 1e3) &&
              in_range(jitter.saturation, 0, 1e3) && in_range(jitter.hue, 0, 0.5),
          "amounts of a colour jitter must not be negative, and hue at most 0.5");
  for (std::size_t c = 0; c < 3; ++c) {
    require(in_range(static_cast<double>(std[c]), 1e-6, 1e6) &&
                in_range(static_cast<double>(mean[c]), -1e6, 1e6),
            "std of an augmentation must be greater than 0, and mean a number");
  }
  require(max_pixels > 0, "max_pixels of an augmentation must be at least 1");
}

std::string AugmentOptions::to_text() const {
  const nlohmann::json text = {
      {"background", background},
      {"crop", kCropNames[static_cast<std::size_t>(crop)]},
      {"filter", filter_name(filter)},
      {"flip", flip},
      {"height", height},
      {"jitter", {jitter.brightness, jitter.contrast, jitter.saturation, jitter.hue}},
      {"layout", kLayoutNames[static_cast<std::size_t>(layout)]},
      {"max_pixels", max_pixels},
      {"mean", mean},
      {"ratio", ratio},
      {"scale", scale},
      {"shorter", shorter},
      {"std", std},
      {"width", width}};
  return text.dump();
}

}  // namespace dsprep
