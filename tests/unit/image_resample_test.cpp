// Decoding a part of a picture gives the very pixels of decoding all of it.
#include <doctest/doctest.h>

#include <cmath>

#include "dsprep/image_transform.h"
#include "lib/image/orient.h"
#include "lib/image/resample.h"
#include "tests/support/pictures.h"

using namespace dsprep;
using namespace dsprep::test;

namespace {

struct Kind {
  const char* name;
  JpegSpec spec;
};

const Kind kKinds[] = {
    {"4:4:4", {.h = 1, .v = 1}},
    {"4:2:2", {.h = 2, .v = 1}},
    {"4:2:0", {.h = 2, .v = 2}},
    {"4:4:0", {.h = 1, .v = 2}},
    {"4:1:1", {.h = 4, .v = 1}},
    {"4:1:0", {.h = 4, .v = 2}},
    {"1x4", {.h = 1, .v = 4}},
    {"4:2:0 progressive", {.progressive = true}},
    {"4:4:4 progressive", {.h = 1, .v = 1, .progressive = true}},
    {"4:2:0 with restart markers", {.restart = 3}},
    {"RGB", {.stored = JCS_RGB, .h = 1, .v = 1}},
};

Image fused(Bytes bytes, const Resample& resample, ColorMode color = ColorMode::kRgb) {
  const DecodeOptions options{.color = color};
  ImageInfo info = inspect_image(bytes);
  ResampleMemory memory;
  Image out;
  decode_resampled(bytes, options, info, resample, true, memory, out);
  return out;
}

Image apart(const Image& decoded, const Resample& resample) {
  ResizeScratch scratch;
  Image out;
  resample_pixels(decoded.pixels.data(), decoded.row_bytes(), decoded.channels, resample, scratch,
                  out);
  return out;
}

// Boxes of all sizes, touching each side and none.
Box box_of(Draw& draw, std::uint32_t width, std::uint32_t height) {
  const auto part = [&draw](std::uint32_t side, std::uint32_t& begin, std::uint32_t& length) {
    length = 1 + static_cast<std::uint32_t>(draw.below(draw.chance(1, 2) ? side : side / 4));
    begin = static_cast<std::uint32_t>(draw.below(side - length + 1));
    if (draw.chance(1, 4)) begin = 0;
    if (draw.chance(1, 4)) begin = side - length;
  };
  Box box;
  part(width, box.x, box.width);
  part(height, box.y, box.height);
  return box;
}

}  // namespace

TEST_CASE("a part of a JPEG is decoded as it is in the whole, for every sampling") {
  for (const Kind& kind : kKinds) {
    for (const auto& [width, height] : {std::pair{163u, 117u}, {160u, 128u}}) {
      const std::vector<std::byte> bytes = jpeg_of(noise(width, height, 3), kind.spec);
      const Image whole = decode_image(bytes);
      const Image gray = decode_image(bytes, {.color = ColorMode::kGray});
      for (std::uint64_t i = 0; i < 120; ++i) {
        CAPTURE(kind.name);
        CAPTURE(i);
        Draw draw({.seed = 7, .epoch = width, .position = i}, 0);
        const Box box = box_of(draw, width, height);
        // never so small that a reduced scale of the DCT would do
        const auto side = [&draw](std::uint32_t from) {
          return from / 3 + 1 + static_cast<std::uint32_t>(draw.below(from + 9));
        };
        const std::uint32_t w = side(box.width), h = side(box.height);
        const Resample resample{box, w, h, {0, 0, w, h}};
        REQUIRE(dct_eighths(resample) == 8);
        REQUIRE(largest_difference(fused(bytes, resample), apart(whole, resample)) == 0);
        REQUIRE(largest_difference(fused(bytes, resample, ColorMode::kGray),
                                   apart(gray, resample)) == 0);
      }
    }
  }
}

TEST_CASE("a window of a reduced picture is what would be cropped out of all of it") {
  for (const Kind& kind : kKinds) {
    const std::vector<std::byte> bytes = jpeg_of(noise(403, 331, 3), kind.spec);
    for (const std::uint32_t side : {16u, 20u, 40u, 80u}) {
      for (std::uint64_t i = 0; i < 10; ++i) {
        CAPTURE(kind.name);
        CAPTURE(side);
        Draw draw({.seed = 8, .epoch = side, .position = i}, 0);
        const Box window = box_of(draw, side, side);
        const Box box{3, 1, 391, 323};
        const Resample part{box, side, side, window};
        REQUIRE(dct_eighths(part) < 8);
        const Image all = fused(bytes, {box, side, side, {0, 0, side, side}});
        const Image some = fused(bytes, part);
        bool equal = true;
        for (std::uint32_t y = 0; y < window.height; ++y)
          for (std::uint32_t x = 0; x < window.width; ++x)
            equal = equal && pixel(some, x, y) == pixel(all, window.x + x, window.y + y);
        REQUIRE(equal);
      }
    }
  }
}

TEST_CASE("the scale of the DCT leaves enough pixels for each one of the result") {
  const auto eighths = [](std::uint32_t from, std::uint32_t to) {
    return dct_eighths({{0, 0, from, from}, to, to, {}});
  };
  CHECK(eighths(500, 256) == 8);
  CHECK(eighths(3000, 256) < 8);
  CHECK(eighths(100000, 10) == 1);
  CHECK(dct_eighths({{0, 0, 100000, 300}, 10, 256, {}}) == 8);
}

TEST_CASE("a picture that is turned is resized as if it had stood upright") {
  const Image upright = quadrants(96, 64);
  for (std::uint8_t orientation = 1; orientation <= 8; ++orientation) {
    CAPTURE(static_cast<int>(orientation));
    // the stored picture: turned by the inverse, which for all but 6 and 8 is the same turn
    const std::uint8_t inverse = orientation == 6 ? 8 : orientation == 8 ? 6 : orientation;
    Image stored;
    orient(upright, inverse, stored);
    const std::vector<std::byte> bytes =
        jpeg_of(stored, {.h = 1, .v = 1, .app1 = exif_block(orientation)});
    const Resample resample{{5, 3, 80, 50}, 40, 30, {4, 2, 30, 24}};
    const Image got = fused(bytes, resample);
    CHECK(largest_difference(got, apart(decode_image(bytes), resample)) <= 1);
  }
}

TEST_CASE("damage behind the window is found where it is looked for") {
  const std::vector<std::byte> good = jpeg_of(noise(200, 200, 3), {.restart = 5});
  std::vector<std::byte> bad(good.begin(), good.begin() + std::ssize(good) * 9 / 10);
  bad.push_back(std::byte{0xff});
  bad.push_back(std::byte{0xd9});
  ImageInfo info = inspect_image(bad);
  const Resample top{{0, 0, 200, 100}, 90, 40, {0, 0, 90, 40}};
  ResampleMemory memory;
  Image out;
  decode_resampled(bad, {}, info, top, false, memory, out);
  CHECK(largest_difference(out, fused(good, top)) == 0);
  CHECK(class_of([&] { decode_resampled(bad, {}, info, top, true, memory, out); }) == "truncated");
}
