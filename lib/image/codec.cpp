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

const ImageCodec& codec_of(Bytes bytes) {
  if (bytes.empty()) throw Error(ErrorCode::kEmptyFile, "the file has 0 bytes");
  const ImageFormat format = image_format(bytes);
  if (format == ImageFormat::kUnknown) {
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
  if (std::uint64_t{info.width} * info.height > limits.max_pixels) {
    throw Error(ErrorCode::kTooLarge,
                std::to_string(info.width) + " x " + std::to_string(info.height) +
                    " pixels are more than " + std::to_string(limits.max_pixels),
                {}, "raise --max-pixels if the picture is meant");
  }
  return info;
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
  codec.decode(bytes, options, info, turn ? stored_ : out);
  if (turn) orient(stored_, info.orientation, out);
  return info;
}

Image decode_image(Bytes bytes, const DecodeOptions& options) {
  Image image;
  ImageDecoder().decode(bytes, options, image);
  return image;
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
