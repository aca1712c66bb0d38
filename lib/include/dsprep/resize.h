// Resizing: antialiased and separable, in fixed-point integers, so that the bytes are the same on
// every machine. Pure functions and value types: any number of threads.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "dsprep/image.h"

namespace dsprep {

/// Kernels, widened by the reduction so that every source pixel counts. Results are within one
/// level of Pillow's.
enum class Filter : std::uint8_t {
  kArea,      ///< box (Pillow's BOX)
  kBilinear,  ///< triangle (Pillow's BILINEAR, torchvision's antialiased bilinear)
  kLanczos,   ///< three lobes (Pillow's LANCZOS)
};

std::string_view filter_name(Filter filter) noexcept;  ///< "area", "bilinear", "lanczos"
std::optional<Filter> filter_from_name(std::string_view name) noexcept;

/// How a picture is brought to the size that was asked for.
enum class Fit : std::uint8_t {
  kShorter,  ///< the shorter side becomes N; the other int(N * longer / shorter), torchvision's
             ///< Resize(N)
  kLonger,   ///< the longer side becomes N; the other likewise
  kCover,    ///< fill W x H, keeping the ratio, and crop the centre (torchvision's CenterCrop)
  kContain,  ///< fit into W x H, keeping the ratio, centred over the background
  kStretch,  ///< W x H, whatever the ratio
};

std::string_view fit_name(Fit fit) noexcept;  ///< "shorter", …
std::optional<Fit> fit_from_name(std::string_view name) noexcept;

/// A wanted size: "256" is one side (height 0), "224x160" is width and height.
struct ResizeSpec {
  std::uint32_t width = 0;
  std::uint32_t height = 0;

  bool one_side() const noexcept { return height == 0; }
  std::string to_text() const;
  friend bool operator==(const ResizeSpec&, const ResizeSpec&) = default;
};

/// Empty where `text` is not N or WxH with sides from 1 to 1,000,000.
std::optional<ResizeSpec> resize_spec_from_text(std::string_view text) noexcept;

/// What becomes of a picture: it is scaled, a window is cut out of it, and that is put on a canvas.
struct ResizePlan {
  std::uint32_t scaled_width = 0;
  std::uint32_t scaled_height = 0;
  std::uint32_t crop_x = 0;  ///< the window in the scaled picture
  std::uint32_t crop_y = 0;
  std::uint32_t crop_width = 0;
  std::uint32_t crop_height = 0;
  std::uint32_t paste_x = 0;  ///< where the window lies on the canvas
  std::uint32_t paste_y = 0;
  std::uint32_t width = 0;  ///< the canvas: size of the result
  std::uint32_t height = 0;
};

/// Requires: sides of at least 1; kShorter and kLonger with one side, the others with two.
ResizePlan plan_resize(std::uint32_t width, std::uint32_t height, const ResizeSpec& spec, Fit fit);
/// Cuts `size` out of the middle of what `plan` scales, by torchvision's CenterCrop; where that is
/// smaller, the canvas stands around it. Requires: two sides.
void crop_center(ResizePlan& plan, const ResizeSpec& size) noexcept;

/// Memory that a resize needs besides its result; keep it from call to call. One thread at a time.
class ResizeScratch {
 public:
  std::vector<std::uint8_t> between;
  std::vector<std::uint8_t> row;
  Image window;
};

/// Fills `out` as `plan` says; only the window's pixels are computed. `out` is another object than
/// `in`. Throws kUsage.
void resize(const Image& in, const ResizePlan& plan, Filter filter, const Rgb& background,
            ResizeScratch& scratch, Image& out);
/// The whole picture to width x height. Throws kUsage.
Image resize(const Image& in, std::uint32_t width, std::uint32_t height,
             Filter filter = Filter::kBilinear);

}  // namespace dsprep
