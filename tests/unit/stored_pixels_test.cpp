// What readers will get of a picture, shown while it is stored: the same as decoding it.
#include <doctest/doctest.h>

#include <algorithm>

#include "dsprep/image_transform.h"
#include "support/pictures.h"

using namespace dsprep;

namespace {

// The bytes that `encode` makes, with the pixels that were shown meanwhile.
struct Stored {
  std::vector<std::byte> bytes;
  std::vector<std::uint8_t> shown;
};

Stored store(const ImageTransform& transform, const Image& image, ImageWorkspace& workspace) {
  Stored stored;
  workspace.show_stored([&](std::span<const std::uint8_t> pixels) {
    stored.shown.insert(stored.shown.end(), pixels.begin(), pixels.end());
  });
  const FieldValue value = transform.encode(image, workspace);
  stored.bytes.assign(value.bytes.begin(), value.bytes.end());
  return stored;
}

// Whole range, sharp: blocks whose coefficients are as large as they become.
Image checks(std::uint32_t width, std::uint32_t height, std::uint32_t channels) {
  Image image;
  image.reshape(width, height, channels);
  for (std::size_t i = 0; i < image.pixels.size(); ++i) {
    const std::size_t x = i / channels % width, y = i / channels / width;
    image.pixels[i] = (x / 3 + y) % 2 == 0 ? 255 : 0;
  }
  return image;
}

void check_encoded(const ImageOptions& options) {
  const ImageTransform transform(options);
  REQUIRE(transform.shows_stored());
  ImageWorkspace workspace;
  const std::uint32_t channels = options.color == ColorMode::kGray ? 1 : 3;
  const std::pair<std::uint32_t, std::uint32_t> kSizes[] = {{1, 1},   {7, 9},   {8, 8},   {16, 16},
                                                            {17, 33}, {40, 15}, {200, 77}};
  for (const auto& size : kSizes) {
    const std::uint32_t width = size.first, height = size.second;  // clang 14 captures no bindings
    for (const Image& image :
         {test::noise(width, height, channels), checks(width, height, channels)}) {
      CAPTURE(width);
      CAPTURE(height);
      const Stored stored = store(transform, image, workspace);
      CHECK(stored.shown == decode_image(stored.bytes).pixels);
      workspace.show_stored({});
      const FieldValue plain = transform.encode(image, workspace);
      CHECK(std::ranges::equal(plain.bytes, stored.bytes));
    }
  }
}

}  // namespace

TEST_CASE("a JPEG's coefficients give the pixels of its bytes, for every quality and sampling") {
  for (const int quality : {1, 50, 95, 100}) {
    for (const Subsampling subsampling : {Subsampling::k420, Subsampling::k444}) {
      for (const ColorMode color : {ColorMode::kRgb, ColorMode::kGray}) {
        CAPTURE(quality);
        check_encoded({.encode = ImageEncode::kJpeg,
                       .jpeg = {.quality = quality, .subsampling = subsampling},
                       .color = color});
      }
    }
  }
}

TEST_CASE("a PNG is shown as RGB, raw pixels as they are") {
  for (const ColorMode color : {ColorMode::kRgb, ColorMode::kGray})
    check_encoded({.encode = ImageEncode::kPng, .color = color});
  for (const std::uint32_t channels : {1U, 3U}) {
    const Image image = test::noise(13, 7, channels);
    ImageWorkspace workspace;
    const ImageTransform transform(
        {.encode = ImageEncode::kRaw, .color = channels == 1 ? ColorMode::kGray : ColorMode::kRgb});
    const Stored stored = store(transform, image, workspace);
    CHECK(stored.shown == image.pixels);
    CHECK(std::ranges::equal(std::as_bytes(std::span(stored.shown)), stored.bytes));
  }
}

TEST_CASE("what has to be decoded is not shown") {
  CHECK(!ImageTransform({.encode = ImageEncode::kWebp}).shows_stored());
  CHECK(!ImageTransform(ImageOptions{}).shows_stored());
}
