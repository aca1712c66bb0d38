// WebP, TIFF, BMP, PNM and GIF. Many more variants are compared with Pillow in
// tests/interop/pictures_test.py.
#include <doctest/doctest.h>

#include <cstring>

#include "dsprep/image_rows.h"
#include "dsprep/image_transform.h"
#include "tests/support/more_pictures.h"
#include "tests/support/pictures.h"

using namespace dsprep;
using namespace dsprep::test;

namespace {

std::vector<std::byte> webp_of(const Image& image, int quality) {
  std::vector<std::byte> bytes;
  encode_webp(image, quality, bytes);
  return bytes;
}

}  // namespace

TEST_CASE("BMP, PNM and TIFF give back every pixel") {
  for (const auto& [width, height] : {std::pair{64u, 48u}, {5u, 3u}, {1u, 1u}}) {
    const Image image = noise(width, height, 3);
    CHECK(largest_difference(decode_image(bmp_of(image)), image) == 0);
    CHECK(largest_difference(decode_image(bmp_of(image, true)), image) == 0);
    CHECK(largest_difference(decode_image(ppm_of(image)), image) == 0);
    CHECK(largest_difference(decode_image(tiff_of(image)), image) == 0);
  }
}

TEST_CASE("the formats are told by content, and say their size") {
  const Image image = noise(13, 9, 3);
  const std::vector<std::uint8_t> indexes(13 * 9, 1);
  const std::pair<ImageFormat, std::vector<std::byte>> cases[] = {
      {ImageFormat::kBmp, bmp_of(image)},
      {ImageFormat::kPnm, ppm_of(image)},
      {ImageFormat::kTiff, tiff_of(image)},
      {ImageFormat::kWebp, webp_of(image, 80)},
      {ImageFormat::kGif, gif_of(indexes, 13, 9, {kRed, kGreen})}};
  for (const auto& [format, bytes] : cases) {
    const ImageInfo info = inspect_image(bytes);
    CHECK(info.format == format);
    CHECK(info.width == 13);
    CHECK(info.height == 9);
    CHECK(info.frames == 1);
    CHECK(class_of([&, &bytes = bytes] { inspect_image(bytes, {13 * 9 - 1}); }) == "too_large");
    const Image gray = decode_image(bytes, {.color = ColorMode::kGray});
    CHECK(gray.channels == 1);
  }
}

TEST_CASE("a GIF shows its colours, its transparent ones over the background") {
  std::vector<std::uint8_t> indexes(20 * 10);
  for (std::size_t i = 0; i < indexes.size(); ++i) indexes[i] = static_cast<std::uint8_t>(i % 4);
  const std::vector<Rgb> palette = {kRed, kGreen, kBlue, kWhite};
  for (const int transparent : {-1, 0, 2}) {
    const std::vector<std::byte> bytes = gif_of(indexes, 20, 10, palette, transparent);
    const Image image = decode_image(bytes, {.background = {9, 8, 7}});
    for (std::uint32_t i = 0; i < 200; ++i) {
      const int index = static_cast<int>(i % 4);
      const Rgb expected = index == transparent ? Rgb{9, 8, 7} : palette[i % 4];
      REQUIRE(pixel(image, i % 20, i / 20) == expected);
    }
  }
}

TEST_CASE("of several frames or pages the first is shown, and their number said") {
  std::vector<std::byte> gif = gif_of(std::vector<std::uint8_t>(12, 1), 4, 3, {kRed, kBlue});
  const std::vector<std::byte> second(gif.begin() + 19, gif.end());
  gif.insert(gif.end(), second.begin(), second.end());
  gif.push_back(std::byte{0x3b});
  CHECK(inspect_image(gif).frames == 2);
  CHECK(pixel(decode_image(gif), 0, 0) == kBlue);
  gif.resize(gif.size() - 5);  // damage in a frame that is not shown
  CHECK(pixel(decode_image(gif), 0, 0) == kBlue);
}

TEST_CASE("WebP is near its picture, and better with a higher quality") {
  const Image image = quadrants(65, 49);
  const std::vector<std::byte> good = webp_of(image, 95);
  CHECK(quadrant_error(decode_image(good)) <= 8);
  CHECK(webp_of(noise(40, 40, 3), 20).size() < webp_of(noise(40, 40, 3), 95).size());
  CHECK(webp_of(image, 95) == good);
  const Image gray = decode_image(webp_of(noise(30, 20, 1), 90), {.color = ColorMode::kGray});
  CHECK(gray.width == 30);
  std::vector<std::byte> out;
  CHECK(class_of([&] { encode_webp(image, 101, out); }) == "usage");
  CHECK(class_of([&] { encode_webp(Image{}, 90, out); }) == "usage");
  CHECK(class_of([&] { encode_webp(noise(16384, 1, 3), 90, out); }) == "usage");
}

TEST_CASE("TIFF orientation turns the picture") {
  const Image image = quadrants(64, 48);
  const Image turned = decode_image(tiff_of(image, {{274, 3, 3}}));
  CHECK(quadrant_error(turned, {kWhite, kBlue, kGreen, kRed}) == 0);
  CHECK(quadrant_error(decode_image(tiff_of(image, {{274, 3, 77}}))) == 0);
}

TEST_CASE("what cannot be read is refused by its name") {
  const Image image = noise(8, 6, 3);
  struct Case {
    const char* name;
    std::vector<TiffTag> tags;
    const char* expected;
    const char* word;
  };
  const Case cases[] = {
      {"floats", {{339, 3, 3}}, "unsupported_format", "floating-point"},
      {"signed", {{339, 3, 2}}, "unsupported_format", "signed"},
      {"32 bits", {{258, 3, 32}}, "unsupported_format", "32-bit"},
      {"L*a*b*", {{262, 3, 8}}, "unsupported_format", "photometric"},
      {"an unknown compression", {{259, 3, 12345}}, "unsupported_format", "12345"},
      {"too few samples", {{277, 3, 1}}, "corrupt", "samples"},
      {"no width", {{256, 4, 0}}, "corrupt", ""},
  };
  for (const Case& item : cases) {
    CAPTURE(item.name);
    try {
      (void)inspect_image(tiff_of(image, item.tags));
      FAIL("was accepted");
    } catch (const Error& error) {
      CHECK(error_class_name(error.code()) == item.expected);
      CHECK(error.message().find(item.word) != std::string::npos);
    }
  }
  std::vector<std::byte> rle = bmp_of(image);
  rle[30] = std::byte{4};  // JPEG inside
  CHECK(class_of([&] { inspect_image(rle); }) == "unsupported_format");
}

TEST_CASE("values are scaled by their range") {
  const Image one = decode_image(to_bytes("P2 4 1 1000 0 500 999 1000"));
  CHECK(one.pixels ==
        std::vector<std::uint8_t>{0, 0, 0, 128, 128, 128, 255, 255, 255, 255, 255, 255});
  CHECK(class_of([] { decode_image(to_bytes("P2 1 1 10 11")); }) == "corrupt");
  CHECK(class_of([] { decode_image(to_bytes("P2 2 1 10 1")); }) == "truncated");
  const Image bits = decode_image(to_bytes("P1 3 1 0 1\n0"));
  CHECK(pixel(bits, 1, 0) == Rgb{0, 0, 0});
  CHECK(pixel(bits, 2, 0) == kWhite);
}

TEST_CASE("a transform writes WebP") {
  ImageOptions options;
  set_image_option(options, "encode", "webp:70");
  set_image_option(options, "resize", "32");
  const ImageTransform transform(options);
  ImageWorkspace workspace;
  const FieldValue value = transform.apply(bmp_of(quadrants()), workspace);
  CHECK(image_format(value.bytes) == ImageFormat::kWebp);
  CHECK(decode_image(value.bytes).height == 32);
  CHECK(image_options_from_text(options.to_text()).webp_quality == 70);
}
