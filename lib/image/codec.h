// The table of codecs: what a picture format must bring to be read. One row a format in codec.cpp;
// nothing else knows them all.
#pragma once

#include <memory>

#include "dsprep/error.h"
#include "dsprep/image.h"

namespace dsprep {

class RowSource;

struct ImageCodec {
  ImageFormat format;
  /// Header check as inspect_image; the format is known already.
  ImageInfo (*inspect)(Bytes bytes, const ImageLimits& limits);
  /// Pixels as stored (orientation not applied), with the channels that `options.color` asks for.
  /// Counts into info.warnings. Null where the rows are read one after the other.
  void (*decode)(Bytes bytes, const DecodeOptions& options, ImageInfo& info, Image& out);
  /// See row_source.h; null where pictures are only decoded whole.
  std::unique_ptr<RowSource> (*open_rows)(Bytes bytes, const DecodeOptions& options,
                                          const ImageInfo& info);
};

ImageInfo inspect_jpeg(Bytes bytes, const ImageLimits& limits);
void decode_jpeg(Bytes bytes, const DecodeOptions& options, ImageInfo& info, Image& out);
ImageInfo inspect_png(Bytes bytes, const ImageLimits& limits);
void decode_png(Bytes bytes, const DecodeOptions& options, ImageInfo& info, Image& out);
ImageInfo inspect_webp(Bytes bytes, const ImageLimits& limits);
void decode_webp(Bytes bytes, const DecodeOptions& options, ImageInfo& info, Image& out);
ImageInfo inspect_gif(Bytes bytes, const ImageLimits& limits);
void decode_gif(Bytes bytes, const DecodeOptions& options, ImageInfo& info, Image& out);
ImageInfo inspect_bmp(Bytes bytes, const ImageLimits& limits);
void decode_bmp(Bytes bytes, const DecodeOptions& options, ImageInfo& info, Image& out);
ImageInfo inspect_tiff(Bytes bytes, const ImageLimits& limits);
ImageInfo inspect_pnm(Bytes bytes, const ImageLimits& limits);

/// Versions of the libraries, for the canary.
std::string jpeg_version();
std::string png_version();
std::string webp_version();
std::string tiff_version();

/// Throws kTooLarge over the limit. Header checks call it as soon as they know the size, before
/// they look for pixels that may be missing.
void require_size(std::uint64_t width, std::uint64_t height, const ImageLimits& limits);

/// Luma of BT.601 in 16-bit fixed point, as in JPEG's own conversion.
inline std::uint8_t luma(unsigned r, unsigned g, unsigned b) noexcept {
  return static_cast<std::uint8_t>((r * 19595 + g * 38470 + b * 7471 + 32768) >> 16);
}

/// a * b / 255, rounded, for bytes.
inline unsigned scale_255(unsigned a, unsigned b) noexcept { return (a * b + 127) / 255; }

/// int(round((outer - inner) / 2)), halves to the even number, as Python rounds: where a window is
/// in the middle.
std::uint32_t centered(std::uint32_t outer, std::uint32_t inner) noexcept;

/// Throws kUsage where there is nothing to encode or the buffer does not fit the size.
void require_pixels(const Image& image);

}  // namespace dsprep
