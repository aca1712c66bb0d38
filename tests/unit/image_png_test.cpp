#include <doctest/doctest.h>

#include "dsprep/image.h"
#include "tests/support/pictures.h"

using namespace dsprep;
using namespace dsprep::test;

TEST_CASE("PNG of any colour type comes out bit for bit, interlaced or not") {
  for (const bool interlaced : {false, true}) {
    for (const std::uint32_t channels : {1u, 3u}) {
      const Image image = noise(37, 29, channels);
      const auto bytes = png_of(image, {.interlaced = interlaced});
      const Image decoded =
          decode_image(bytes, {.color = channels == 1 ? ColorMode::kGray : ColorMode::kRgb});
      CHECK(largest_difference(decoded, image) == 0);
    }
  }
}

TEST_CASE("gray of 1, 2 and 4 bits is scaled to the whole range") {
  for (const int bits : {1, 2, 4}) {
    CAPTURE(bits);
    const unsigned values = 1u << bits;
    std::vector<std::uint8_t> row(2);  // 16 bits: the values in order, as far as they fit
    const auto per_row = static_cast<std::uint32_t>(16 / bits);
    for (unsigned x = 0; x < per_row; ++x) {
      const unsigned at = x * static_cast<unsigned>(bits);
      row[at / 8] |=
          static_cast<std::uint8_t>((x % values) << (8 - bits - static_cast<int>(at % 8)));
    }
    const Image image =
        decode_image(png_of(row, per_row, 1, {.bits = bits, .color = PNG_COLOR_TYPE_GRAY}));
    for (unsigned x = 0; x < per_row; ++x) {
      CHECK(pixel(image, x, 0)[1] == (x % values) * 255 / (values - 1));
    }
  }
}

TEST_CASE("16 bits are scaled by their range, not clipped") {
  for (const int color : {PNG_COLOR_TYPE_GRAY, PNG_COLOR_TYPE_RGB}) {
    const unsigned channels = color == PNG_COLOR_TYPE_GRAY ? 1 : 3;
    std::vector<std::uint8_t> rows;
    for (unsigned value = 0; value < 65536; ++value) {
      for (unsigned c = 0; c < channels; ++c) {
        rows.push_back(static_cast<std::uint8_t>(value >> 8));
        rows.push_back(static_cast<std::uint8_t>(value));
      }
    }
    const Image image = decode_image(png_of(rows, 65536, 1, {.bits = 16, .color = color}));
    bool exact = true;
    for (unsigned value = 0; value < 65536; ++value) {
      exact = exact && pixel(image, value, 0)[channels - 1] == (value * 255 + 32767) / 65535;
    }
    CHECK(exact);
  }
}

TEST_CASE("transparent pixels stand over the background") {
  const std::vector<std::uint8_t> rows = {10, 20, 30, 255, 10, 20, 30, 0, 100, 50, 0, 128};
  const auto rgba = png_of(rows, 3, 1, {.color = PNG_COLOR_TYPE_RGBA});
  const Image white = decode_image(rgba);
  CHECK(pixel(white, 0, 0) == Rgb{10, 20, 30});
  CHECK(pixel(white, 1, 0) == kWhite);
  CHECK(pixel(white, 2, 0) == Rgb{177, 152, 127});
  const Image black = decode_image(rgba, {.background = {0, 0, 0}});
  CHECK(pixel(black, 1, 0) == Rgb{0, 0, 0});
  CHECK(pixel(black, 2, 0) == Rgb{50, 25, 0});
  const auto gray_alpha = png_of({200, 0, 200, 255}, 2, 1, {.color = PNG_COLOR_TYPE_GA});
  CHECK(pixel(decode_image(gray_alpha), 0, 0) == kWhite);
  CHECK(pixel(decode_image(gray_alpha), 1, 0) == Rgb{200, 200, 200});
  const Image gray = decode_image(gray_alpha, {.color = ColorMode::kGray, .background = {0, 0, 0}});
  CHECK(gray.pixels == std::vector<std::uint8_t>{0, 200});
}

TEST_CASE("a palette with a transparent entry becomes colours over the background") {
  const PngSpec spec = {.color = PNG_COLOR_TYPE_PALETTE,
                        .palette = {{255, 0, 0}, {0, 255, 0}, {0, 0, 255}, {255, 255, 255}},
                        .palette_alpha = {0}};
  for (const bool interlaced : {false, true}) {
    PngSpec one = spec;
    one.interlaced = interlaced;
    const Image image = decode_image(png_of({0, 1, 2, 3}, 2, 2, one), {.background = {1, 2, 3}});
    CHECK(pixel(image, 0, 0) == Rgb{1, 2, 3});
    CHECK(pixel(image, 1, 0) == kGreen);
    CHECK(pixel(image, 0, 1) == kBlue);
    CHECK(pixel(image, 1, 1) == kWhite);
  }
  PngSpec opaque = spec;
  opaque.palette_alpha.clear();
  CHECK(pixel(decode_image(png_of({0, 1, 2, 3}, 2, 2, opaque)), 0, 0) == kRed);
}

TEST_CASE("a colour that is declared transparent is transparent") {
  PngSpec spec;
  spec.more = [](png_structp png, png_infop info) {
    const png_color_16 color = {.index = 0, .red = 9, .green = 8, .blue = 7, .gray = 0};
    png_set_tRNS(png, info, nullptr, 0, &color);
  };
  const Image image = decode_image(png_of({9, 8, 7, 9, 8, 6}, 2, 1, spec));
  CHECK(pixel(image, 0, 0) == kWhite);
  CHECK(pixel(image, 1, 0) == Rgb{9, 8, 6});
}

TEST_CASE("orientation in a PNG is applied too") {
  PngSpec spec;
  spec.more = [](png_structp png, png_infop info) {
    std::string block = exif_block(6).substr(6);
    png_set_eXIf_1(png, info, static_cast<png_uint_32>(block.size()),
                   reinterpret_cast<png_bytep>(block.data()));
  };
  const std::vector<std::uint8_t> rows = {1, 1, 1, 2, 2, 2};  // stored: 1 2; upright: 1 above 2
  const auto bytes = png_of(rows, 2, 1, spec);
  CHECK(inspect_image(bytes).orientation == 6);
  const Image image = decode_image(bytes);
  CHECK(image.width == 1);
  CHECK(image.pixels == rows);
}

TEST_CASE("damage to a PNG is an error of its class") {
  const std::vector<std::byte> good = png_of(noise(64, 64, 3));
  const auto flipped = [&](std::size_t at) {
    auto bytes = good;
    bytes[at] ^= std::byte{0x55};
    return bytes;
  };
  const auto cut = [&](std::size_t size) {
    return std::vector<std::byte>(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size));
  };
  auto trailing = good;
  trailing.resize(good.size() + 1000, std::byte{0x5a});
  struct Case {
    const char* name;
    std::vector<std::byte> bytes;
    const char* header;
    const char* decoded;
  };
  const Case cases[] = {
      {"sound", good, "none", "none"},
      {"bytes behind the end", trailing, "none", "none"},
      {"a wrong byte in the pixels", flipped(good.size() / 2), "none", "corrupt"},
      {"a wrong checksum of the pixels", flipped(good.size() - 13), "none", "corrupt"},
      {"a wrong byte in the header", flipped(20), "corrupt", "corrupt"},
      {"a wrong checksum of the header", flipped(30), "corrupt", "corrupt"},
      {"a wrong checksum of the end", flipped(good.size() - 1), "corrupt", "corrupt"},
      {"half of it", cut(good.size() / 2), "truncated", "truncated"},
      {"no end chunk", cut(good.size() - 12), "truncated", "truncated"},
      {"only the signature", cut(8), "truncated", "truncated"},
      {"another signature", flipped(1), "not_an_image", "not_an_image"}};
  for (const Case& item : cases) {
    CAPTURE(item.name);
    CHECK(class_of([&] { inspect_image(item.bytes); }) == item.header);
    CHECK(class_of([&] { decode_image(item.bytes); }) == item.decoded);
  }
}

TEST_CASE("a PNG that was encoded is its picture, and always the same bytes") {
  for (const std::uint32_t channels : {1u, 3u}) {
    const Image image = noise(50, 31, channels);
    std::vector<std::byte> once, again;
    encode_png(image, once);
    encode_png(image, again);
    CHECK(once == again);
    const DecodeOptions options{.color = channels == 1 ? ColorMode::kGray : ColorMode::kRgb};
    CHECK(largest_difference(decode_image(once, options), image) == 0);
  }
}

TEST_CASE("formats that are known but cannot be read say so") {
  const std::pair<std::string_view, const char*> cases[] = {
      {"8BPS\0\1 a drawing", "not_an_image"},
      {"\xff\x4f\xff\x51", "unsupported_format"},
      {"qoif", "unsupported_format"},
      {"RIFF\0\0\0\0WEBPVP8 ", "not_an_image"},
      {"BMW is a car and no picture", "not_an_image"},
      {"P6 by itself could be text", "not_an_image"},
      {"PNG", "not_an_image"}};
  for (const auto& one : cases) {  // clang 14 captures no bindings
    CAPTURE(one.first);
    CHECK(class_of([&] { inspect_image(as_bytes(one.first)); }) == one.second);
  }
  using namespace std::string_view_literals;
  CHECK(image_format(as_bytes("RIFF\0\0\0\0WEBPVP8 "sv)) == ImageFormat::kWebp);
  CHECK(image_format(as_bytes("II*\0\10\0\0\0"sv)) == ImageFormat::kTiff);
  CHECK(image_format(as_bytes("BM\0\0\0\0\0\0\0\0\66\0\0\0\50\0\0\0"sv)) == ImageFormat::kBmp);
}
