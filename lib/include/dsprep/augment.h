// What a loader makes of a picture at every step: crop, resize, flip, colour jitter, normalise,
// straight into the batch. Parameters and semantics are those of torchvision's v2 transforms;
// randomness is a function of (seed, epoch, position) alone, see dsprep/draw.h.
// ImageAugment: const, any number of threads, each with its own AugmentWorkspace.
//
// Streams of Draw, by number: 0 crop · 1 flip · 2 colour jitter.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "dsprep/draw.h"
#include "dsprep/image.h"
#include "dsprep/resize.h"
#include "dsprep/schema.h"

namespace dsprep {

/// How a picture comes to its size.
enum class CropMode : std::uint8_t {
  kRandomResized,  ///< for training: RandomResizedCrop(size, scale, ratio)
  kCenter,         ///< for evaluation: Resize(shorter) and CenterCrop(size)
};

/// What lies in the batch.
enum class PixelLayout : std::uint8_t {
  kFloatChw,  ///< float32 channels x height x width, v / 255, normalised
  kByteHwc,   ///< uint8 height x width x channels
  kByteChw,   ///< uint8 channels x height x width
};

/// Factors are drawn from [1 - amount, 1 + amount] (not below 0), the turn of the hue from
/// [-hue, hue]; the four steps come in random order. 0 leaves a step out.
struct ColorJitter {
  double brightness = 0;
  double contrast = 0;
  double saturation = 0;
  double hue = 0;  ///< at most 0.5: the opposite colour

  bool any() const noexcept { return brightness + contrast + saturation + hue > 0; }
};

struct AugmentOptions {
  CropMode crop = CropMode::kRandomResized;
  std::uint32_t width = 224;  ///< of the result
  std::uint32_t height = 224;
  std::array<double, 2> scale = {0.08, 1.0};         ///< kRandomResized: share of the area
  std::array<double, 2> ratio = {3.0 / 4, 4.0 / 3};  ///< kRandomResized: width / height
  std::uint32_t shorter = 256;                       ///< kCenter: side that is resized to
  double flip = 0.5;                                 ///< chance of a horizontal flip
  ColorJitter jitter = {};
  std::array<float, 3> mean = {0.485F, 0.456F, 0.406F};  ///< kFloatChw, of values from 0 to 1
  std::array<float, 3> std = {0.229F, 0.224F, 0.225F};
  PixelLayout layout = PixelLayout::kFloatChw;
  Filter filter = Filter::kBilinear;  ///< antialiased
  Rgb background = {255, 255, 255};   ///< under transparent pixels
  std::uint64_t max_pixels = ImageLimits{}.max_pixels;

  /// Throws kUsage that names the member at fault.
  void validate() const;
  /// Canonical JSON, for checkpoints: equal texts make equal pixels of equal pictures and keys.
  std::string to_text() const;
};

/// 8-bit pixels of somebody else: rows from the top, no padding, 1 or 3 channels interleaved.
struct PixelView {
  Bytes bytes;
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  std::uint32_t channels = 3;
};

/// Memory that one thread uses for picture after picture.
class AugmentWorkspace {
 public:
  AugmentWorkspace();
  ~AugmentWorkspace();
  AugmentWorkspace(AugmentWorkspace&&) noexcept;
  AugmentWorkspace& operator=(AugmentWorkspace&&) noexcept;

 private:
  friend class ImageAugment;
  struct Memory;
  std::unique_ptr<Memory> memory_;
};

class ImageAugment {
 public:
  /// Throws kUsage as AugmentOptions::validate.
  explicit ImageAugment(const AugmentOptions& options);

  const AugmentOptions& options() const noexcept { return options_; }
  /// "image": float32 or uint8, with fixed extents.
  const Field& output() const noexcept { return field_; }

  /// The encoded picture (upright, by its orientation) as one value of output(), written to `out`,
  /// which has row_bytes() of it. Throws as decode_image for what it must decode (damage behind the
  /// crop's last row is not looked for), kUsage where `out` has another size.
  void apply(Bytes encoded, const DrawKey& key, AugmentWorkspace& workspace,
             std::span<std::byte> out) const;
  /// The same for pixels that are decoded already.
  void apply(const PixelView& pixels, const DrawKey& key, AugmentWorkspace& workspace,
             std::span<std::byte> out) const;

 private:
  void check_room(std::span<std::byte> out) const;
  void finish(const DrawKey& key, AugmentWorkspace& workspace, std::span<std::byte> out) const;

  AugmentOptions options_;
  Field field_;
  std::array<double, 2> log_ratio_ = {};  // of options_.ratio
  std::array<float, 3> gain_ = {};        // kFloatChw: value * gain + offset
  std::array<float, 3> offset_ = {};
};

}  // namespace dsprep
