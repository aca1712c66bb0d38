#include "dsprep/augment.h"

#include <cstring>

#include "dsprep/error.h"
#include "lib/image/codec.h"
#include "lib/image/color_jitter.h"
#include "lib/image/crop_box.h"
#include "lib/image/exact_math.h"
#include "lib/image/pixel_output.h"

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

// What the box of a picture is cut out of and scaled to.
ResizePlan center_plan(std::uint32_t width, std::uint32_t height, const AugmentOptions& options) {
  ResizePlan plan = plan_resize(width, height, {options.shorter, 0}, Fit::kShorter);
  plan.crop_x = centered(plan.scaled_width, options.width);
  plan.crop_y = centered(plan.scaled_height, options.height);
  plan.crop_width = plan.width = options.width;
  plan.crop_height = plan.height = options.height;
  return plan;
}

void cut_out(const PixelView& in, const Box& box, Image& out) {
  out.reshape(box.width, box.height, 3);
  const std::size_t stride = std::size_t{in.width} * in.channels;
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(in.bytes.data());
  for (std::uint32_t y = 0; y < box.height; ++y) {
    const std::uint8_t* from = bytes + (box.y + y) * stride + std::size_t{box.x} * in.channels;
    if (in.channels == 3) {
      std::memcpy(out.row(y), from, out.row_bytes());
      continue;
    }
    std::uint8_t* to = out.row(y);
    for (std::uint32_t x = 0; x < box.width; ++x, to += 3) std::memset(to, from[x], 3);
  }
}

}  // namespace

struct AugmentWorkspace::Memory {
  ImageDecoder decoder;
  Image decoded;
  Image cut;
  Image sized;
  ResizeScratch scratch;
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
  const bool flip = Draw(key, kFlipStream).unit() < options_.flip;
  write_pixels(sized, options_.layout, flip, gain_, offset_, out);
}

void ImageAugment::apply(Bytes encoded, const DrawKey& key, AugmentWorkspace& workspace,
                         std::span<std::byte> out) const {
  const DecodeOptions decode{.background = options_.background, .limits = {options_.max_pixels}};
  Image& image = workspace.memory_->decoded;
  workspace.memory_->decoder.decode(encoded, decode, image);
  apply(PixelView{image.bytes(), image.width, image.height, image.channels}, key, workspace, out);
}

void ImageAugment::apply(const PixelView& pixels, const DrawKey& key, AugmentWorkspace& workspace,
                         std::span<std::byte> out) const {
  if (out.size() != field_.row_bytes()) {
    throw Error(ErrorCode::kUsage, "the output has " + std::to_string(out.size()) +
                                       " bytes instead of " + std::to_string(field_.row_bytes()));
  }
  if (pixels.width == 0 || pixels.height == 0 || (pixels.channels != 1 && pixels.channels != 3) ||
      pixels.bytes.size() != std::size_t{pixels.width} * pixels.height * pixels.channels) {
    throw Error(ErrorCode::kUsage,
                "pixels to augment need 1 or 3 channels and bytes of their size");
  }
  AugmentWorkspace::Memory& memory = *workspace.memory_;
  Box box{0, 0, pixels.width, pixels.height};
  ResizePlan plan;
  if (options_.crop == CropMode::kCenter) {
    plan = center_plan(box.width, box.height, options_);
  } else {
    Draw draw(key, kCropStream);
    box =
        random_resized_box(box.width, box.height, options_.scale, options_.ratio, log_ratio_, draw);
    plan = plan_resize(box.width, box.height, {options_.width, options_.height}, Fit::kStretch);
  }
  cut_out(pixels, box, memory.cut);
  resize(memory.cut, plan, options_.filter, {}, memory.scratch, memory.sized);
  finish(key, workspace, out);
}

}  // namespace dsprep
