#include "lib/image/codec.h"

#include <algorithm>

#include "formats/common/image_magic.h"
#include "lib/image/orient.h"
#include "lib/image/row_source.h"

namespace dsprep {
namespace {

constexpr ImageCodec kCodecs[] = {
    {ImageFormat::kJpeg, inspect_jpeg, decode_jpeg, open_jpeg_rows},
    {ImageFormat::kPng, inspect_png, decode_png, open_png_rows},
    {ImageFormat::kWebp, inspect_webp, decode_webp, nullptr},
    {ImageFormat::kGif, inspect_gif, decode_gif, nullptr},
    {ImageFormat::kBmp, inspect_bmp, decode_bmp, nullptr},
    {ImageFormat::kTiff, inspect_tiff, nullptr, open_tiff_rows},
    {ImageFormat::kPnm, inspect_pnm, nullptr, open_pnm_rows},
};

struct FormatName {
  ImageFormat format;
  std::string_view extension;
};

constexpr FormatName kFormatNames[] = {
    {ImageFormat::kJpeg, "jpg"}, {ImageFormat::kPng, "png"}, {ImageFormat::kWebp, "webp"},
    {ImageFormat::kGif, "gif"},  {ImageFormat::kBmp, "bmp"}, {ImageFormat::kTiff, "tif"},
    {ImageFormat::kPnm, "pnm"},
};

std::string readable_formats() {
  std::string names;
  for (const ImageCodec& codec : kCodecs) {
    names += (names.empty() ? "" : ", ") + std::string(image_format_extension(codec.format));
  }
  return names;
}

// Formats that are known by their signature and not read.
std::string_view foreign_format(Bytes bytes) noexcept {
  struct Signature {
    std::size_t offset;
    std::string_view text;
    std::string_view name;
  };
  using namespace std::string_view_literals;
  constexpr Signature kSignatures[] = {{4, "ftypavif"sv, "AVIF"},
                                       {4, "ftypavis"sv, "AVIF"},
                                       {4, "ftyphei"sv, "HEIF"},
                                       {4, "ftyphev"sv, "HEIF"},
                                       {4, "ftypmif1"sv, "HEIF"},
                                       {4, "ftypmsf1"sv, "HEIF"},
                                       {0, "\0\0\0\fJXL \r\n\x87\n"sv, "JPEG XL"},
                                       {0, "\xff\x0a"sv, "JPEG XL"},
                                       {0, "\0\0\0\fjP  \r\n\x87\n"sv, "JPEG 2000"},
                                       {0, "\xff\x4f\xff\x51"sv, "JPEG 2000"},
                                       {0, "8BPS\0"sv, "PSD"},
                                       {0, "\0\0\1\0"sv, "ICO"},
                                       {0, "\x76\x2f\x31\x01"sv, "OpenEXR"},
                                       {0, "qoif"sv, "QOI"},
                                       {0, "DDS |"sv, "DDS"},
                                       {0, "#?RADIANCE"sv, "Radiance HDR"},
                                       {0, "P7\n"sv, "PAM"},
                                       {0, "PF\n"sv, "PFM"},
                                       {0, "Pf\n"sv, "PFM"}};
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  for (const Signature& signature : kSignatures) {
    if (text.size() > signature.offset &&
        text.substr(signature.offset).starts_with(signature.text)) {
      return signature.name;
    }
  }
  return {};
}

const ImageCodec& codec_of(Bytes bytes) {
  if (bytes.empty()) throw Error(ErrorCode::kEmptyFile, "the file has 0 bytes");
  const ImageFormat format = image_format(bytes);
  if (format == ImageFormat::kUnknown) {
    if (const std::string_view name = foreign_format(bytes); !name.empty()) {
      throw Error(ErrorCode::kUnsupportedFormat, "a picture of format " + std::string(name), {},
                  "formats that can be read: " + readable_formats());
    }
    throw Error(ErrorCode::kNotAnImage, "the first bytes are those of no picture format");
  }
  for (const ImageCodec& codec : kCodecs) {
    if (codec.format == format) return codec;
  }
  throw Error(ErrorCode::kUnsupportedFormat,
              "a picture of format " + std::string(image_format_extension(format)), {},
              "formats that can be read: " + readable_formats());
}

ImageInfo inspect_with(const ImageCodec& codec, Bytes bytes, const ImageLimits& limits) {
  ImageInfo info = codec.inspect(bytes, limits);
  info.format = codec.format;
  require_size(info.width, info.height, limits);
  return info;
}

void decode_with(const ImageCodec& codec, Bytes bytes, const DecodeOptions& options,
                 ImageInfo& info, Image& out) {
  if (codec.decode != nullptr) return codec.decode(bytes, options, info, out);
  const std::unique_ptr<RowSource> rows = codec.open_rows(bytes, options, info);
  out.reshape(info.width, info.height, options.color == ColorMode::kGray ? 1 : 3);
  rows->read(out.pixels.data(), out.row_bytes(), out.height);
  rows->finish(info);
}

}  // namespace

ImageFormat image_format(Bytes bytes) noexcept {
  const std::string_view extension = image_extension(bytes);
  for (const FormatName& name : kFormatNames) {
    if (name.extension == extension) return name.format;
  }
  return ImageFormat::kUnknown;
}

std::string_view image_format_extension(ImageFormat format) noexcept {
  for (const FormatName& name : kFormatNames) {
    if (name.format == format) return name.extension;
  }
  return {};
}

OpenRows row_opener(ImageFormat format) noexcept {
  for (const ImageCodec& codec : kCodecs) {
    if (codec.format == format) return codec.open_rows;
  }
  return nullptr;
}

ImageInfo inspect_image(Bytes bytes, const ImageLimits& limits) {
  return inspect_with(codec_of(bytes), bytes, limits);
}

void Image::reshape(std::uint32_t new_width, std::uint32_t new_height, std::uint32_t new_channels) {
  width = new_width;
  height = new_height;
  channels = new_channels;
  pixels.resize(row_bytes() * height);
}

ImageInfo ImageDecoder::decode(Bytes bytes, const DecodeOptions& options, Image& out) {
  const ImageCodec& codec = codec_of(bytes);
  ImageInfo info = inspect_with(codec, bytes, options.limits);
  const bool turn = options.apply_orientation && info.orientation != 1;
  decode_with(codec, bytes, options, info, turn ? stored_ : out);
  if (turn) orient(stored_, info.orientation, out);
  return info;
}

Image decode_image(Bytes bytes, const DecodeOptions& options) {
  Image image;
  ImageDecoder().decode(bytes, options, image);
  return image;
}

void require_size(std::uint64_t width, std::uint64_t height, const ImageLimits& limits) {
  if (width * height <= limits.max_pixels) return;
  throw Error(ErrorCode::kTooLarge,
              std::to_string(width) + " x " + std::to_string(height) + " pixels are more than " +
                  std::to_string(limits.max_pixels),
              {}, "raise --max-pixels if the picture is meant");
}

void require_pixels(const Image& image) {
  const bool channels = image.channels == 1 || image.channels == 3;
  if (image.width == 0 || image.height == 0 || !channels ||
      image.pixels.size() != image.row_bytes() * image.height) {
    throw Error(ErrorCode::kUsage,
                "a picture to encode or resize needs 1 or 3 channels, at least "
                "one pixel, and memory that fits its size");
  }
}

}  // namespace dsprep
