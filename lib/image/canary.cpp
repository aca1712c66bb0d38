// The codec canary: everything that may differ between two machines' codecs, in one hash.
#include "dsprep/resize.h"
#include "lib/image/codec.h"

namespace dsprep {
namespace {

constexpr std::uint32_t kWidth = 71;  // odd, so that chroma and blocks are cut at the edges
constexpr std::uint32_t kHeight = 53;

// Gradients, hard edges and something like noise.
Image test_picture() {
  Image image;
  image.reshape(kWidth, kHeight, 3);
  std::uint32_t noise = 1;
  for (std::uint32_t y = 0; y < kHeight; ++y) {
    for (std::uint32_t x = 0; x < kWidth; ++x) {
      noise = noise * 1664525 + 1013904223;
      std::uint8_t* pixel = image.row(y) + std::size_t{x} * 3;
      pixel[0] = static_cast<std::uint8_t>(x * 255 / kWidth);
      pixel[1] = static_cast<std::uint8_t>((x / 8 + y / 8) % 2 * 255);
      pixel[2] = static_cast<std::uint8_t>((y * 4 + (noise >> 27)) & 255);
    }
  }
  return image;
}

}  // namespace

CodecCanary codec_canary() {
  Hasher128 hasher;
  std::vector<std::byte> encoded;
  encode_jpeg(test_picture(), {}, encoded);
  hasher.update(encoded);
  const Image decoded = decode_image(encoded);
  hasher.update(decoded.bytes());
  for (const Filter filter : {Filter::kArea, Filter::kBilinear, Filter::kLanczos}) {
    const Image small = resize(decoded, 32, 24, filter);
    hasher.update(small.bytes());
    encode_jpeg(small, {.quality = 90, .subsampling = Subsampling::k444}, encoded);
    hasher.update(encoded);
    encode_png(small, encoded);
    hasher.update(encoded);
    hasher.update(decode_image(encoded).bytes());
    encode_webp(small, 90, encoded);
    hasher.update(encoded);
    hasher.update(decode_image(encoded).bytes());
  }
  return {hasher.value(),
          jpeg_version() + ", " + png_version() + ", " + webp_version() + ", " + tiff_version()};
}

}  // namespace dsprep
