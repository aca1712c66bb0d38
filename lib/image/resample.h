// Decoding and resizing in one: only the rows and columns that are shown are decoded, at a reduced
// scale of the DCT where that is as good, and each row is used while it is in the cache.
#pragma once

#include <vector>

#include "dsprep/resize.h"
#include "lib/image/codec.h"
#include "lib/image/crop_box.h"

namespace dsprep {

/// A box of a picture is scaled, and a window is cut out of that.
struct Resample {
  Box source;
  std::uint32_t scaled_width = 0;
  std::uint32_t scaled_height = 0;
  Box window;
  Filter filter = Filter::kBilinear;
  unsigned eighths = 0;  ///< scale of the DCT: 8, 4, 2 or 1; 0 for what dct_eighths says
};

/// All of a picture, as `plan` scales and cuts it.
Resample resample_of(std::uint32_t width, std::uint32_t height, const ResizePlan& plan,
                     Filter filter) noexcept;

/// The plan's window is smaller than its result.
bool needs_canvas(const ResizePlan& plan) noexcept;
/// Puts `window` where `plan` wants it, the background around it.
void put_on_canvas(const Image& window, const ResizePlan& plan, const Rgb& background, Image& out);

/// What gives the same pixels before a picture of width x height is turned as `resample` gives
/// after. Sizes are those of the stored picture.
Resample before_turn(const Resample& resample, std::uint8_t orientation, std::uint32_t width,
                     std::uint32_t height) noexcept;

/// Memory from picture to picture. One thread at a time.
struct ResampleMemory {
  ImageDecoder decoder;
  Image decoded;
  Image turned;
  ResizeScratch scratch;
  std::vector<std::uint8_t> ring;
};

/// Which scale of the DCT, in eighths, a JPEG is decoded at for `resample`: 8; or 4, 2 or 1, the
/// smallest for which at least 2.5 pixels are left for each one of the result in both directions,
/// so that nearly every result stays above 40 dB (lib/README.md has the table). Never for area,
/// whose hard edges show every shift.
unsigned dct_eighths(const Resample& resample) noexcept;

/// The window, upright, as `resample` says of the upright picture; `info` is what the header check
/// gave. `whole`: what lies outside of the window is searched for damage, too.
void decode_resampled(Bytes bytes, const DecodeOptions& options, ImageInfo& info,
                      const Resample& resample, bool whole, ResampleMemory& memory, Image& out);
/// The same of pixels that are decoded already.
void resample_pixels(const std::uint8_t* pixels, std::size_t stride, std::uint32_t channels,
                     const Resample& resample, ResizeScratch& scratch, Image& out);

}  // namespace dsprep
