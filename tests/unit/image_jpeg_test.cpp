#include <doctest/doctest.h>

#include <cstring>

#include "dsprep/image.h"
#include "tests/support/pictures.h"

using namespace dsprep;
using namespace dsprep::test;

namespace {

std::vector<std::byte> bytes_of(std::string_view text) {
  const Bytes bytes = as_bytes(text);
  return {bytes.begin(), bytes.end()};
}

void insert(std::vector<std::byte>& bytes, std::size_t at, std::string_view text) {
  const std::vector<std::byte> more = bytes_of(text);
  bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(at), more.begin(), more.end());
}

// Where the marker FF `code` stands for the first time.
std::size_t find_marker(const std::vector<std::byte>& bytes, unsigned code) {
  for (std::size_t i = 0; i + 1 < bytes.size(); ++i) {
    if (bytes[i] == std::byte{0xff} && bytes[i + 1] == std::byte(code)) return i;
  }
  return bytes.size();
}

// The picture as it must be stored, so that orientation `orientation` shows the upright one.
Image stored_for(unsigned orientation, const Image& upright) {
  const bool swap = orientation >= 5;
  Image stored;
  stored.reshape(swap ? upright.height : upright.width, swap ? upright.width : upright.height, 3);
  for (std::uint32_t y = 0; y < stored.height; ++y) {
    for (std::uint32_t x = 0; x < stored.width; ++x) {
      const std::uint32_t right = stored.width - 1 - x, low = stored.height - 1 - y;
      // the upright place of the stored pixel, by the definition of rows and columns in EXIF
      std::uint32_t to_x = x, to_y = y;
      if (orientation == 2) to_x = right;
      if (orientation == 3) to_x = right, to_y = low;
      if (orientation == 4) to_y = low;
      if (orientation == 5) to_x = y, to_y = x;
      if (orientation == 6) to_x = low, to_y = x;
      if (orientation == 7) to_x = low, to_y = right;
      if (orientation == 8) to_x = y, to_y = right;
      std::memcpy(stored.row(y) + x * 3, upright.row(to_y) + to_x * 3, 3);
    }
  }
  return stored;
}

}  // namespace

TEST_CASE("every kind of JPEG shows the four quadrants in their colours") {
  struct Case {
    const char* name;
    JpegSpec spec;
    int tolerance;
  };
  const Case cases[] = {
      {"4:2:0", {}, 14},
      {"4:4:4", {.h = 1, .v = 1}, 14},
      {"4:2:2", {.h = 2, .v = 1}, 14},
      {"4:4:0", {.h = 1, .v = 2}, 14},
      {"4:1:1", {.h = 4, .v = 1}, 30},
      {"4:1:0", {.h = 4, .v = 2}, 30},
      {"progressive", {.progressive = true}, 14},
      {"restart markers", {.restart = 2}, 14},
      {"progressive with restart markers", {.progressive = true, .restart = 1}, 14},
      {"RGB without conversion", {.stored = JCS_RGB, .h = 1, .v = 1}, 14},
      {"garbage EXIF", {.app1 = std::string("Exif\0\0II*\0\xf0\xff\xff\x7f\xff\xff", 16)}, 14},
  };
  for (const auto& [width, height] : {std::pair{64u, 48u}, std::pair{47u, 33u}}) {
    for (const Case& item : cases) {
      CAPTURE(item.name);
      CAPTURE(width);
      const Image image = decode_image(jpeg_of(quadrants(width, height), item.spec));
      CHECK(image.width == width);
      CHECK(image.height == height);
      CHECK(quadrant_error(image) <= item.tolerance);
    }
  }
}

TEST_CASE("one pixel is a picture") {
  Image one;
  one.reshape(1, 1, 3);
  one.pixels = {200, 200, 200};
  CHECK(distance(pixel(decode_image(jpeg_of(one)), 0, 0), {200, 200, 200}) <= 2);
  CHECK(pixel(decode_image(png_of(one)), 0, 0) == Rgb{200, 200, 200});
}

TEST_CASE("CMYK and YCCK become RGB, inverted where Adobe's marker stands") {
  const Image upright = quadrants();
  std::vector<std::uint8_t> inks;
  for (std::size_t i = 0; i < upright.pixels.size(); i += 3) {
    for (std::size_t c = 0; c < 3; ++c) inks.push_back(upright.pixels[i + c]);  // 255 - ink
    inks.push_back(255);
  }
  std::vector<std::uint8_t> plain = inks;
  for (std::uint8_t& ink : plain) ink = static_cast<std::uint8_t>(255 - ink);
  const auto decode = [](const std::vector<std::uint8_t>& samples, const JpegSpec& spec) {
    return decode_image(jpeg_of(samples.data(), 64, 48, 4, spec));
  };
  CHECK(quadrant_error(decode(inks, {.in = JCS_CMYK, .stored = JCS_CMYK, .h = 1, .v = 1})) <= 14);
  CHECK(quadrant_error(decode(inks, {.in = JCS_CMYK, .stored = JCS_YCCK})) <= 14);
  CHECK(quadrant_error(decode(
            plain, {.in = JCS_CMYK, .stored = JCS_CMYK, .h = 1, .v = 1, .adobe = false})) <= 14);
}

TEST_CASE("gray pictures have three equal channels, or one where gray is asked for") {
  Image gray;
  gray.reshape(64, 48, 1);
  for (std::uint32_t y = 0; y < 48; ++y) std::memset(gray.row(y), static_cast<int>(y * 5), 64);
  const std::vector<std::byte> bytes = jpeg_of(gray);
  const Image rgb = decode_image(bytes);
  const Image one = decode_image(bytes, {.color = ColorMode::kGray});
  CHECK(rgb.channels == 3);
  CHECK(one.channels == 1);
  CHECK(largest_difference(one, gray) <= 3);
  for (std::uint32_t y = 0; y < 48; ++y) CHECK(pixel(rgb, 9, y) == pixel(one, 9, y));
  const Image luma = decode_image(jpeg_of(quadrants()), {.color = ColorMode::kGray});
  CHECK(quadrant_error(luma, {{76, 76, 76}, {150, 150, 150}, {29, 29, 29}, kWhite}) <= 4);
}

TEST_CASE("the eight orientations show the same upright picture; others count as 1") {
  const Image upright = quadrants();
  for (unsigned orientation = 0; orientation <= 9; ++orientation) {
    for (const bool big_endian : {false, true}) {
      CAPTURE(orientation);
      const bool valid = orientation >= 1 && orientation <= 8;
      const Image stored = stored_for(valid ? orientation : 1, upright);
      const auto bytes = jpeg_of(stored, {.app1 = exif_block(orientation, big_endian)});
      CHECK(inspect_image(bytes).orientation == (valid ? orientation : 1));
      const Image image = decode_image(bytes);
      CHECK(image.width == 64);
      CHECK(image.height == 48);
      CHECK(quadrant_error(image) <= 14);
      const Image as_stored = decode_image(bytes, {.apply_orientation = false});
      CHECK(largest_difference(as_stored, decode_image(jpeg_of(stored))) == 0);
    }
  }
}

TEST_CASE("what cameras and editors put around a JPEG does no harm") {
  const std::vector<std::byte> plain = jpeg_of(quadrants());
  const Image expected = decode_image(plain);
  auto trailing = plain;
  trailing.resize(plain.size() + 100'000, std::byte{0x5a});
  auto filled = plain;
  insert(filled, 2, std::string(7, '\xff'));
  auto extraneous = plain;
  insert(extraneous, find_marker(plain, 0xdb), "junk");
  auto profile = plain;
  insert(profile, 2, std::string("\xff\xe2\0\x20ICC_PROFILE\0\1\1", 18) + std::string(16, '\0'));
  for (const auto& bytes : {trailing, filled, extraneous, profile}) {
    CHECK(largest_difference(decode_image(bytes), expected) == 0);
    CHECK(inspect_image(bytes).width == 64);
  }
  Image image;
  CHECK(ImageDecoder().decode(plain, {}, image).warnings == 0);
  CHECK(ImageDecoder().decode(extraneous, {}, image).warnings == 1);
}

TEST_CASE("damage that loses pixels is an error of its class") {
  const auto half = [](std::vector<std::byte> bytes) {
    bytes.resize(bytes.size() / 2);
    return bytes;
  };
  const std::vector<std::byte> good = jpeg_of(noise(200, 150, 3), {.restart = 5});
  auto ended = half(good);
  insert(ended, ended.size(), "\xff\xd9");
  auto wrong_restart = good;
  const std::size_t restart = find_marker(good, 0xd2);
  REQUIRE(restart < good.size());
  wrong_restart[restart + 1] = std::byte{0xd6};
  auto headers = good;
  headers.resize(100);
  auto no_end = good;
  no_end.resize(good.size() - 2);
  struct Case {
    const char* name;
    std::vector<std::byte> bytes;
    const char* expected;
  };
  const Case cases[] = {{"half of the scan", half(good), "truncated"},
                        {"half of the scan and an end marker", ended, "truncated"},
                        {"cut inside the tables", headers, "truncated"},
                        {"no end marker", no_end, "truncated"},
                        {"a wrong restart marker", wrong_restart, "corrupt"},
                        {"nothing", {}, "empty_file"},
                        {"one byte", bytes_of("\xff"), "not_an_image"},
                        {"text", bytes_of("hello, this is not an image\n"), "not_an_image"},
                        {"HTML", bytes_of("<!DOCTYPE html><html></html>"), "not_an_image"},
                        {"only the start", bytes_of("\xff\xd8\xff"), "truncated"}};
  for (const Case& item : cases) {
    CAPTURE(item.name);
    CHECK(class_of([&] { decode_image(item.bytes); }) == item.expected);
  }
}

TEST_CASE("frames that cannot be decoded are refused by their header") {
  const std::vector<std::byte> good = jpeg_of(quadrants());
  const std::size_t frame = find_marker(good, 0xc0);
  REQUIRE(frame < good.size());
  struct Case {
    const char* name;
    std::size_t offset;  // in the frame header
    unsigned value;
    const char* expected;
  };
  const Case cases[] = {{"lossless", 1, 0xc3, "unsupported_format"},
                        {"differential", 1, 0xc5, "unsupported_format"},
                        {"JPEG-LS", 1, 0xf7, "unsupported_format"},
                        {"12 bits", 4, 12, "unsupported_format"},
                        {"a height in a later marker", 6, 0, "unsupported_format"},
                        {"no width", 8, 0, "corrupt"},
                        {"components that do not fit the length", 9, 4, "corrupt"}};
  for (const Case& item : cases) {
    CAPTURE(item.name);
    auto bytes = good;
    bytes[frame + item.offset] = std::byte(item.value);
    CHECK(class_of([&] { inspect_image(bytes); }) == item.expected);
    CHECK(class_of([&] { decode_image(bytes); }) == item.expected);
  }
}

TEST_CASE("a picture over the limit is refused from its header, whatever it claims") {
  std::vector<std::byte> bomb = jpeg_of(quadrants());
  const std::size_t frame = find_marker(bomb, 0xc0);
  for (std::size_t i = 5; i < 9; ++i) bomb[frame + i] = std::byte{0xff};
  CHECK(class_of([&] { decode_image(bomb); }) == "too_large");
  const std::vector<std::byte> good = jpeg_of(quadrants());
  CHECK(class_of([&] { inspect_image(good, {64 * 48}); }) == "none");
  CHECK(class_of([&] { inspect_image(good, {64 * 48 - 1}); }) == "too_large");
}

TEST_CASE("thousands of scans do not keep the decoder busy") {
  const std::vector<std::byte> good = jpeg_of(noise(16, 16, 1), {.progressive = true});
  std::vector<std::byte> bytes(good.begin(), good.end() - 2);
  const std::size_t scan = [&] {  // the last one refines nothing more: it may be repeated
    std::size_t last = 0;
    for (std::size_t i = 0; i + 1 < bytes.size(); ++i) {
      if (bytes[i] == std::byte{0xff} && bytes[i + 1] == std::byte{0xda}) last = i;
    }
    return last;
  }();
  const std::vector<std::byte> repeated(bytes.begin() + static_cast<std::ptrdiff_t>(scan),
                                        bytes.end());
  for (int i = 0; i < 2000; ++i) bytes.insert(bytes.end(), repeated.begin(), repeated.end());
  insert(bytes, bytes.size(), "\xff\xd9");
  CHECK(class_of([&] { decode_image(bytes); }) == "corrupt");
}

TEST_CASE("a JPEG that was encoded is near its picture and has the sampling asked for") {
  const Image image = quadrants(65, 49);
  std::vector<std::byte> small, large, gray;
  encode_jpeg(image, {}, small);
  encode_jpeg(image, {.quality = 100, .subsampling = Subsampling::k444}, large);
  CHECK(quadrant_error(decode_image(small)) <= 14);
  CHECK(largest_difference(decode_image(large), image) <= 4);
  CHECK(large[find_marker(large, 0xc0) + 11] == std::byte{0x11});
  CHECK(small[find_marker(small, 0xc0) + 11] == std::byte{0x22});
  encode_jpeg(noise(300, 200, 1), {.quality = 100},
              gray);  // more bytes than the first buffer holds
  CHECK(largest_difference(decode_image(gray, {.color = ColorMode::kGray}), noise(300, 200, 1)) <=
        3);
  CHECK(class_of([&] { encode_jpeg(image, {.quality = 0}, small); }) == "usage");
  CHECK(class_of([&] { encode_jpeg(Image{}, {}, small); }) == "usage");
}
