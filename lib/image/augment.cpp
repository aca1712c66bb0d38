#include "dsprep/augment.h"

#include <algorithm>

#include "dsprep/error.h"
#include "lib/image/augment_draw.h"
#include "lib/image/codec.h"
#include "lib/image/color_jitter.h"
#include "lib/image/exact_math.h"
#include "lib/image/pixel_output.h"
#include "lib/image/resample.h"

namespace dsprep {
namespace {

enum Stream : std::uint64_t { kCropStream, kFlipStream, kJitterStream };

Field field_of(const AugmentOptions& options) {
  const std::int64_t width = options.width;
  const std::int64_t height = options.height;
  Field field{.name = "image", .dtype = DType::kUint8, .shape = {3, height, width}};
  if (options.layout == PixelLayout::kFloatChw) field.dtype = DType::kFloat32;
  if (options.layout == PixelLayout::kByteHwc) field.shape = {height, width, 3};
  return field;
}

Resample center_of(std::uint32_t width, std::uint32_t height, const AugmentOptions& options) {
  ResizePlan plan = plan_resize(width, height, {options.shorter, 0}, Fit::kShorter);
  plan.crop_x = centered(plan.scaled_width, options.width);
  plan.crop_y = centered(plan.scaled_height, options.height);
  plan.crop_width = options.width;
  plan.crop_height = options.height;
  return resample_of(width, height, plan, options.filter);
}

// Three equal channels of one.
void widen(const PixelView& in, Image& out) {
  out.reshape(in.width, in.height, 3);
  std::uint8_t* to = out.pixels.data();
  for (const std::byte value : in.bytes)
    to = std::fill_n(to, 3, std::to_integer<std::uint8_t>(value));
}

}  // namespace

Resample augment_resample(std::uint32_t width, std::uint32_t height, const AugmentOptions& options,
                          const std::array<double, 2>& log_ratio, const DrawKey& key) {
  if (options.crop == CropMode::kCenter) return center_of(width, height, options);
  Draw draw(key, kCropStream);
  const Box box = random_resized_box(width, height, options.scale, options.ratio, log_ratio, draw);
  return {
      box, options.width, options.height, {0, 0, options.width, options.height}, options.filter};
}

bool augment_flip(const AugmentOptions& options, const DrawKey& key) {
  return Draw(key, kFlipStream).unit() < options.flip;
}

struct AugmentWorkspace::Memory {
  ResampleMemory resample;
  Image sized;
};

AugmentWorkspace::AugmentWorkspace() : memory_(std::make_unique<Memory>()) {}
AugmentWorkspace::~AugmentWorkspace() = default;
AugmentWorkspace::AugmentWorkspace(AugmentWorkspace&&) noexcept = default;
AugmentWorkspace& AugmentWorkspace::operator=(AugmentWorkspace&&) noexcept = default;

ImageAugment::ImageAugment(const AugmentOptions& options)
    : options_(options), field_(field_of(options)) {
  options_.validate();
  log_ratio_ = {exact_log(options_.ratio[0]), exact_log(options_.ratio[1])};
  for (std::size_t c = 0; c < 3; ++c) {
    const double std = options_.std[c];
    gain_[c] = static_cast<float>(1.0 / (255.0 * std));
    offset_[c] = static_cast<float>(-static_cast<double>(options_.mean[c]) / std);
  }
}

void ImageAugment::finish(const DrawKey& key, AugmentWorkspace& workspace,
                          std::span<std::byte> out) const {
  Image& sized = workspace.memory_->sized;
  if (options_.jitter.any()) {
    Draw draw(key, kJitterStream);
    apply_jitter(draw_jitter(options_.jitter, draw), sized.pixels);
  }
  write_pixels(sized, options_.layout, augment_flip(options_, key), {gain_, offset_}, out);
}

void ImageAugment::check_room(std::span<std::byte> out) const {
  if (out.size() == field_.row_bytes()) return;
  throw Error(ErrorCode::kUsage, "the output has " + std::to_string(out.size()) +
                                     " bytes instead of " + std::to_string(field_.row_bytes()));
}

void ImageAugment::apply(Bytes encoded, const DrawKey& key, AugmentWorkspace& workspace,
                         std::span<std::byte> out) const {
  check_room(out);
  const DecodeOptions decode{.background = options_.background, .limits = {options_.max_pixels}};
  ImageInfo info = inspect_image(encoded, decode.limits);
  const bool swap = info.orientation >= 5;
  const Resample resample = augment_resample(
      swap ? info.height : info.width, swap ? info.width : info.height, options_, log_ratio_, key);
  AugmentWorkspace::Memory& memory = *workspace.memory_;
  decode_resampled(encoded, decode, info, resample, false, memory.resample, memory.sized);
  finish(key, workspace, out);
}

void ImageAugment::apply(const PixelView& pixels, const DrawKey& key, AugmentWorkspace& workspace,
                         std::span<std::byte> out) const {
  check_room(out);
  if (pixels.width == 0 || pixels.height == 0 || (pixels.channels != 1 && pixels.channels != 3) ||
      pixels.bytes.size() != std::size_t{pixels.width} * pixels.height * pixels.channels) {
    throw Error(ErrorCode::kUsage,
                "pixels to augment need 1 or 3 channels and bytes of their size");
  }
  ResampleMemory& memory = workspace.memory_->resample;
  const auto* from = reinterpret_cast<const std::uint8_t*>(pixels.bytes.data());
  if (pixels.channels == 1) {
    widen(pixels, memory.decoded);
    from = memory.decoded.pixels.data();
  }
  const Resample resample =
      augment_resample(pixels.width, pixels.height, options_, log_ratio_, key);
  resample_pixels(from, std::size_t{pixels.width} * 3, 3, resample, memory.scratch,
                  workspace.memory_->sized);
  finish(key, workspace, out);
}

}  // namespace dsprep
