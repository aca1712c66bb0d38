// Pictures: telling what bytes are, decoding them to 8-bit pixels, encoding pixels. JPEG
// (libjpeg-turbo), PNG (libpng), WebP (libwebp), TIFF (libtiff), and GIF, BMP and PNM by our own
// decoders; of several pictures in a file the first. Free functions and value types: any number of
// threads. ImageDecoder: one thread at a time. All throw only dsprep::Error.
//
// One policy for everything that is not plain 8-bit RGB:
//   16 bit: scaled by its range, round(v * 255 / 65535) · alpha: composed over a background (white)
//   · gray: three equal channels (or one, where gray is asked for) · CMYK and YCCK: to RGB by (255
//   - C)(255 - K) / 255, stored inverted where an Adobe marker stands · ICC and gamma: ignored,
//   values stay as stored · EXIF orientation: applied; an invalid or broken block counts as 1.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "dsprep/checksum.h"

namespace dsprep {

enum class ImageFormat : std::uint8_t { kUnknown, kJpeg, kPng, kWebp, kGif, kBmp, kTiff, kPnm };

/// What the first bytes say; the picture may still be damaged. A file's name is never asked.
ImageFormat image_format(Bytes bytes) noexcept;
/// "jpg", "png", "webp", "gif", "bmp", "tif", "pnm"; empty for kUnknown.
std::string_view image_format_extension(ImageFormat format) noexcept;

/// What is let in. Sizes are checked from the header, before anything of the picture's size is
/// allocated.
struct ImageLimits {
  std::uint64_t max_pixels = std::uint64_t{1} << 28;
  /// Pixels that a codec lost, but could go on behind, are counted in ImageInfo::losses instead of
  /// being an error.
  bool lenient = false;
};

/// What the header says. Width and height are as stored: orientations 5 to 8 swap them.
struct ImageInfo {
  ImageFormat format = ImageFormat::kUnknown;
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  std::uint8_t orientation = 1;  ///< EXIF, 1 to 8
  std::uint32_t warnings =
      0;  ///< harmless faults that decoding met (extraneous bytes before a marker)
  std::uint32_t frames = 1;  ///< pictures in the file (GIF, WebP, TIFF): only the first is decoded
  std::uint32_t losses = 0;  ///< faults that lost pixels; only with ImageLimits::lenient
};

/// Checks signature, frame header, size, limits and the presence of the end marker, without reading
/// the pixels. Throws kEmptyFile, kNotAnImage, kUnsupportedFormat, kTruncated, kCorrupt, kTooLarge.
ImageInfo inspect_image(Bytes bytes, const ImageLimits& limits = {});

/// Pixels: rows from the top, no padding, channels interleaved (RGB or one gray). Owns its memory;
/// resizing it reuses it.
struct Image {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  std::uint32_t channels = 3;
  std::vector<std::uint8_t> pixels;

  std::size_t row_bytes() const noexcept { return std::size_t{width} * channels; }
  std::uint8_t* row(std::size_t y) noexcept { return pixels.data() + y * row_bytes(); }
  const std::uint8_t* row(std::size_t y) const noexcept { return pixels.data() + y * row_bytes(); }
  /// Makes room; the pixels' values are unspecified. Throws std::bad_alloc.
  void reshape(std::uint32_t new_width, std::uint32_t new_height, std::uint32_t new_channels);
  Bytes bytes() const noexcept { return std::as_bytes(std::span(pixels)); }
};

enum class ColorMode : std::uint8_t { kRgb, kGray };
using Rgb = std::array<std::uint8_t, 3>;

struct DecodeOptions {
  ColorMode color = ColorMode::kRgb;
  bool apply_orientation = true;
  Rgb background = {255, 255, 255};  ///< under transparent pixels
  ImageLimits limits = {};
};

/// Decodes picture after picture and keeps its working memory. Every codec warning that means lost
/// pixels is an error.
class ImageDecoder {
 public:
  /// Fills `out`. Throws as inspect_image, and kTruncated or kCorrupt for what only decoding finds.
  ImageInfo decode(Bytes bytes, const DecodeOptions& options, Image& out);

 private:
  Image stored_;  // before its orientation is applied
};

Image decode_image(Bytes bytes, const DecodeOptions& options = {});

enum class Subsampling : std::uint8_t { k420, k444 };

struct JpegOptions {
  int quality = 95;  ///< 1 to 100
  Subsampling subsampling = Subsampling::k420;
};

/// Fills `out` (its memory is reused) with a baseline JPEG: standard Huffman tables, no metadata
/// but JFIF. Throws kUsage (quality, an empty picture, sides above 65,500).
void encode_jpeg(const Image& image, const JpegOptions& options, std::vector<std::byte>& out);
/// The same as PNG, always with the same compression level and filters. Throws kUsage (an empty
/// picture).
void encode_png(const Image& image, std::vector<std::byte>& out);

/// The same as lossy WebP; quality 0 to 100. Throws kUsage (quality, an empty picture, sides above
/// 16,383).
void encode_webp(const Image& image, int quality, std::vector<std::byte>& out);

/// Tells whether two machines make the same bytes of the same pictures.
struct CodecCanary {
  Hash128 digest;  ///< of an embedded picture encoded, decoded and resized with every filter
  std::string
      codecs;  ///< "libjpeg-turbo 2.1.5, libpng 1.6.39": for the message when digests differ
};

CodecCanary codec_canary();

}  // namespace dsprep
