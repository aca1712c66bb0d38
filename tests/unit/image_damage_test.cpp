// Damage at every place of small pictures: an Error, or a picture; never a crash, and never a cut
// picture taken for a whole one.
#include <doctest/doctest.h>

#include "dsprep/image.h"
#include "tests/support/more_pictures.h"
#include "tests/support/pictures.h"

using namespace dsprep;
using namespace dsprep::test;

namespace {

struct Picture {
  const char* name;
  std::vector<std::byte> bytes;
};

std::vector<std::byte> webp_of(const Image& image) {
  std::vector<std::byte> bytes;
  encode_webp(image, 80, bytes);
  return bytes;
}

std::vector<Picture> pictures() {
  const Image small = noise(19, 13, 3);
  std::vector<std::uint8_t> inks(17 * 9 * 4, 77);
  return {{"JPEG", jpeg_of(small)},
          {"JPEG with EXIF", jpeg_of(small, {.app1 = exif_block(6)})},
          {"progressive JPEG", jpeg_of(small, {.progressive = true})},
          {"JPEG with restart markers", jpeg_of(small, {.restart = 1})},
          {"CMYK JPEG", jpeg_of(inks.data(), 17, 9, 4, {.in = JCS_CMYK, .stored = JCS_YCCK})},
          {"PNG", png_of(small)},
          {"interlaced PNG", png_of(small, {.interlaced = true})},
          {"palette PNG", png_of(std::vector<std::uint8_t>(19 * 13, 1), 19, 13,
                                 {.color = PNG_COLOR_TYPE_PALETTE,
                                  .palette = {{1, 2, 3}, {4, 5, 6}},
                                  .palette_alpha = {0, 128}})},
          {"WebP", webp_of(small)},
          {"TIFF", tiff_of(small)},
          {"BMP", bmp_of(noise(20, 13, 3))},
          {"PPM", ppm_of(small)},
          {"GIF",
           gif_of(std::vector<std::uint8_t>(19 * 13, 2), 19, 13, {kRed, kGreen, kBlue, kWhite})}};
}

// The decoded picture, or the class of the error. Limits keep flipped sizes small.
std::string outcome(ImageDecoder& decoder, Bytes bytes, Image& image) {
  const DecodeOptions options{.limits = {1 << 20}};
  return class_of([&] { decoder.decode(bytes, options, image); });
}

}  // namespace

TEST_CASE("a picture cut at any length is an error") {
  ImageDecoder decoder;
  Image image;
  for (const Picture& picture : pictures()) {
    CAPTURE(picture.name);
    REQUIRE(outcome(decoder, picture.bytes, image) == "none");
    for (std::size_t size = 0; size < picture.bytes.size(); ++size) {
      CAPTURE(size);
      // an own copy, so that reading behind the end is seen by the address sanitizer
      const std::vector<std::byte> part(picture.bytes.begin(),
                                        picture.bytes.begin() + static_cast<std::ptrdiff_t>(size));
      const std::string decoded = outcome(decoder, part, image);
      REQUIRE(decoded != "none");
      REQUIRE(decoded != "internal");
      REQUIRE(class_of([&] { inspect_image(part); }) != "none");
    }
  }
}

TEST_CASE("a picture with any byte changed is an error or a picture") {
  ImageDecoder decoder;
  Image image;
  for (const Picture& picture : pictures()) {
    CAPTURE(picture.name);
    const bool png = image_format(picture.bytes) == ImageFormat::kPng;
    const Image good = decode_image(picture.bytes);
    for (std::size_t at = 0; at < picture.bytes.size(); ++at) {
      for (const unsigned flip : {0x01u, 0x80u, 0xffu}) {
        CAPTURE(at);
        auto bytes = picture.bytes;
        bytes[at] ^= std::byte(flip);
        const std::string decoded = outcome(decoder, bytes, image);
        REQUIRE(decoded != "internal");
        if (decoded != "none") continue;
        REQUIRE(image.pixels.size() == image.row_bytes() * image.height);
        if (png) REQUIRE(largest_difference(image, good) == 0);  // every chunk has a checksum
      }
    }
  }
}

TEST_CASE("random bytes behind a signature are never a crash") {
  ImageDecoder decoder;
  Image image;
  for (const Picture& picture : pictures()) {
    for (std::uint32_t seed = 1; seed <= 200; ++seed) {
      auto bytes = picture.bytes;
      const Image random = noise(static_cast<std::uint32_t>(bytes.size()), 1, 1, seed);
      for (std::size_t i = seed % bytes.size(); i < bytes.size(); i += 1 + seed % 37) {
        bytes[i] = std::byte(random.pixels[i]);
      }
      CHECK(outcome(decoder, bytes, image) != "internal");
    }
  }
}
