// WebP through libwebp: lossy and lossless, alpha, EXIF orientation; of an animation the first
// frame, on its canvas.
#include <webp/decode.h>
#include <webp/encode.h>

#include <cstring>
#include <memory>
#include <new>

#include "lib/image/byte_reader.h"
#include "lib/image/orient.h"
#include "lib/image/row_converter.h"
#include "lib/image/row_source.h"

namespace dsprep {
namespace {

constexpr std::size_t kRiffHeader = 12;
constexpr std::size_t kFrameHeader = 16;
constexpr std::uint32_t kMaxSide = 16383;

struct Header {
  std::uint32_t width = 0;  // canvas
  std::uint32_t height = 0;
  std::uint32_t x = 0;  // of the first frame
  std::uint32_t y = 0;
  std::uint32_t frame_width = 0;
  std::uint32_t frame_height = 0;
  std::uint8_t orientation = 1;
  std::uint32_t frames = 0;
  bool alpha = false;
  Bytes frame;  // what libwebp decodes
};

const std::uint8_t* data_of(Bytes bytes) noexcept {
  return reinterpret_cast<const std::uint8_t*>(bytes.data());
}

[[noreturn]] void fail(VP8StatusCode status) {
  switch (status) {
    case VP8_STATUS_OUT_OF_MEMORY:
      throw std::bad_alloc();
    case VP8_STATUS_NOT_ENOUGH_DATA:
    case VP8_STATUS_SUSPENDED:
      throw Error(ErrorCode::kTruncated, "WebP: the file ends too early");
    case VP8_STATUS_UNSUPPORTED_FEATURE:
      throw Error(ErrorCode::kUnsupportedFormat, "WebP: a feature that libwebp does not know");
    default:
      throw Error(ErrorCode::kCorrupt, "WebP: damaged pixels");
  }
}

void read_features(Header& header) {
  WebPBitstreamFeatures features;
  const auto status = WebPGetFeatures(data_of(header.frame), header.frame.size(), &features);
  if (status != VP8_STATUS_OK) fail(status);
  header.frame_width = static_cast<std::uint32_t>(features.width);
  header.frame_height = static_cast<std::uint32_t>(features.height);
  header.alpha = header.alpha || features.has_alpha != 0;
}

void read_exif(Bytes content, Header& header) {
  constexpr char kPrefix[] = "Exif\0";  // some writers keep what stands before it in JPEG
  if (content.size() >= sizeof kPrefix && std::memcmp(content.data(), kPrefix, sizeof kPrefix) == 0)
    content = content.subspan(sizeof kPrefix);
  header.orientation = exif_orientation(content);
}

void read_animation_frame(Bytes content, Header& header) {
  if (++header.frames > 1) return;
  ByteReader reader("WebP", content);
  header.x = 2 * reader.little(3);
  header.y = 2 * reader.little(3);
  if (content.size() < kFrameHeader) reader.ends_too_early();
  header.frame = content.subspan(kFrameHeader);
  read_features(header);
  if (header.x + header.frame_width > header.width ||
      header.y + header.frame_height > header.height) {
    reader.fail(ErrorCode::kCorrupt, "a frame outside of the canvas");
  }
}

Header read_header(Bytes bytes) {
  ByteReader reader("WebP", bytes, 4);
  const std::uint32_t riff = reader.little(4);
  if (riff < 4 || riff > bytes.size() - 8) reader.ends_too_early();
  const Bytes file = bytes.subspan(0, std::size_t{8} + riff);
  Header header;
  bool still = false;
  reader = ByteReader("WebP", file, kRiffHeader);
  while (reader.left() >= 8) {
    const Bytes name = reader.take(4);
    const std::uint32_t size = reader.little(4);
    const Bytes content = reader.take(size);
    if (size % 2 != 0 && !reader.done()) reader.take(1);
    const auto is = [&name](const char* other) { return std::memcmp(name.data(), other, 4) == 0; };
    if (is("VP8X")) {
      ByteReader canvas("WebP", content, 4);
      header.width = canvas.little(3) + 1;
      header.height = canvas.little(3) + 1;
    } else if (is("VP8 ") || is("VP8L")) {
      still = true;
    } else if (is("ANMF") && header.width != 0) {
      header.alpha = true;  // a frame need not cover the canvas
      read_animation_frame(content, header);
    } else if (is("EXIF")) {
      read_exif(content, header);
    }
  }
  if (header.frames > 0) return header;
  if (!still) reader.fail(ErrorCode::kCorrupt, "no pixels in the file");
  header.frames = 1;
  header.frame = file;
  read_features(header);
  header.width = header.frame_width;
  header.height = header.frame_height;
  return header;
}

void decode_into(const Header& header, WEBP_CSP_MODE mode, std::uint8_t* out, std::size_t bytes,
                 std::size_t stride) {
  WebPDecoderConfig config;
  if (WebPInitDecoderConfig(&config) == 0) throw Error(ErrorCode::kInternal, "another libwebp");
  config.output.colorspace = mode;
  config.output.is_external_memory = 1;
  config.output.u.RGBA = {out, static_cast<int>(stride), bytes};
  const auto status = WebPDecode(data_of(header.frame), header.frame.size(), &config);
  if (status != VP8_STATUS_OK) fail(status);
}

struct FreeWebp {
  void operator()(std::uint8_t* memory) const noexcept { WebPFree(memory); }
};

}  // namespace

ImageInfo inspect_webp(Bytes bytes, const ImageLimits&) {
  const Header header = read_header(bytes);
  ImageInfo info;
  info.width = header.width;
  info.height = header.height;
  info.orientation = header.orientation;
  info.frames = header.frames;
  return info;
}

void decode_webp(Bytes bytes, const DecodeOptions& options, ImageInfo&, Image& out) {
  const Header header = read_header(bytes);
  const bool gray = options.color == ColorMode::kGray;
  out.reshape(header.width, header.height, gray ? 1 : 3);
  if (!header.alpha && !gray) {
    return decode_into(header, MODE_RGB, out.pixels.data(), out.pixels.size(), out.row_bytes());
  }
  const std::size_t stride = std::size_t{header.frame_width} * 4;
  std::vector<std::uint8_t> rgba(stride * header.frame_height);
  decode_into(header, MODE_RGBA, rgba.data(), rgba.size(), stride);
  const RowConverter converter(options, header.width, 4);
  std::vector<std::uint8_t> row(std::size_t{header.width} * 4);
  for (std::uint32_t y = 0; y < header.height; ++y) {
    std::memset(row.data(), 0, row.size());
    if (y >= header.y && y - header.y < header.frame_height) {
      std::memcpy(row.data() + std::size_t{header.x} * 4, rgba.data() + (y - header.y) * stride,
                  stride);
    }
    converter.convert(row.data(), out.row(y));
  }
}

void encode_webp(const Image& image, int quality, std::vector<std::byte>& out) {
  require_pixels(image);
  if (quality < 0 || quality > 100) {
    throw Error(ErrorCode::kUsage,
                "WebP quality " + std::to_string(quality) + " is not between 0 and 100");
  }
  if (image.width > kMaxSide || image.height > kMaxSide) {
    throw Error(ErrorCode::kUsage, "WebP cannot hold a side of more than 16383 pixels", {},
                "resize the picture or encode it as PNG");
  }
  const std::uint8_t* pixels = image.pixels.data();
  std::vector<std::uint8_t> rgb;
  if (image.channels == 1) {
    for (const std::uint8_t value : image.pixels) rgb.insert(rgb.end(), 3, value);
    pixels = rgb.data();
  }
  std::uint8_t* memory = nullptr;
  const std::size_t size =
      WebPEncodeRGB(pixels, static_cast<int>(image.width), static_cast<int>(image.height),
                    static_cast<int>(image.width) * 3, static_cast<float>(quality), &memory);
  const std::unique_ptr<std::uint8_t, FreeWebp> owner(memory);
  if (size == 0) throw std::bad_alloc();  // its only failure for a picture of a legal size
  const auto* bytes = reinterpret_cast<const std::byte*>(memory);
  out.assign(bytes, bytes + size);
}

std::string webp_version() {
  const int version = WebPGetDecoderVersion();
  return "libwebp " + std::to_string(version >> 16) + "." + std::to_string(version >> 8 & 255) +
         "." + std::to_string(version & 255);
}

}  // namespace dsprep
