#include "dsprep/image_transform.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "tests/support/pictures.h"

using namespace dsprep;
using namespace dsprep::test;

namespace {

using Settings = std::vector<std::pair<const char*, const char*>>;

ImageOptions options_of(const Settings& settings) {
  ImageOptions options;
  for (const auto& [name, value] : settings) set_image_option(options, name, value);
  return options;
}

}  // namespace

TEST_CASE("keep hands out the input itself, not a copy, and checks its header") {
  const auto bytes = jpeg_of(quadrants(), {.app1 = exif_block(6)});
  const ImageTransform transform(ImageOptions{});
  ImageWorkspace workspace;
  const FieldValue value = transform.apply(bytes, workspace);
  CHECK(value.bytes.data() == bytes.data());
  CHECK(value.shape == Shape{bytes.size()});
  CHECK(workspace.info().orientation == 6);
  CHECK(
      transform.field() ==
      Field{.name = "image", .dtype = DType::kUint8, .shape = {-1}, .encoding = Encoding::kImage});
  CHECK(transform.field().accepts(value.shape));
}

TEST_CASE("damage inside a kept picture is found where every picture is decoded") {
  auto bytes = png_of(noise(64, 64, 3));
  bytes[bytes.size() / 2] ^= std::byte{1};
  ImageWorkspace workspace;
  const ImageTransform header(options_of({{"check", "header"}}));
  const ImageTransform decode(options_of({{"check", "decode"}}));
  CHECK(class_of([&] { header.apply(bytes, workspace); }) == "none");
  CHECK(class_of([&] { decode.apply(bytes, workspace); }) == "corrupt");
}

TEST_CASE("every encoding but keep applies the orientation and drops the tag") {
  const auto bytes = jpeg_of(quadrants(48, 64), {.app1 = exif_block(6)});  // to be turned right
  const std::vector<Rgb> turned = {kBlue, kRed, kWhite, kGreen};
  ImageWorkspace workspace;
  for (const char* encode : {"jpeg:100", "png", "raw"}) {
    CAPTURE(encode);
    const ImageTransform transform(options_of({{"encode", encode}}));
    const FieldValue value = transform.apply(bytes, workspace);
    CHECK(transform.field().accepts(value.shape));
    if (transform.field().encoding == Encoding::kArray) {
      CHECK(value.shape == Shape{48, 64, 3});
      CHECK(std::ranges::equal(value.bytes, decode_image(bytes).bytes()));
    } else {
      CHECK(inspect_image(value.bytes).orientation == 1);
      const Image image = decode_image(value.bytes);
      CHECK(image.width == 64);
      CHECK(quadrant_error(image, turned) <= 14);
    }
  }
}

TEST_CASE("the schema of raw pixels is fixed where their size is") {
  const auto shape = [](const Settings& settings) {
    return ImageTransform(options_of(settings)).field().shape;
  };
  using Extents = std::vector<std::int64_t>;
  CHECK(shape({{"encode", "raw"}}) == Extents{-1, -1, 3});
  CHECK(shape({{"encode", "raw"}, {"resize", "256"}}) == Extents{-1, -1, 3});
  CHECK(shape({{"encode", "raw"}, {"resize", "32x24"}}) == Extents{24, 32, 3});
  CHECK(shape({{"encode", "raw"}, {"resize", "32x24"}, {"color", "gray"}}) == Extents{24, 32, 1});
  CHECK(shape({{"encode", "raw"}, {"resize", "32"}, {"crop", "28"}}) == Extents{28, 28, 3});
  CHECK(shape({{"encode", "raw"}, {"resize", "32"}, {"crop", "28x20"}}) == Extents{20, 28, 3});
  CHECK(shape({{"resize", "32x24"}}) == Extents{-1});
  const ImageTransform transform(options_of({{"encode", "raw"}, {"resize", "32x24"}}));
  ImageWorkspace workspace;
  CHECK(transform.apply(jpeg_of(quadrants(100, 50)), workspace).shape == Shape{24, 32, 3});
}

TEST_CASE("the canonical text has the effective options, and gives them back") {
  struct Case {
    Settings settings;
    const char* text;
  };
  const Case cases[] = {
      {{},
       R"({"background":"255,255,255","check":"header","color":"rgb","encode":"keep","max-pixels":"268435456"})"},
      {{{"resize", "256"}},
       R"({"background":"255,255,255","check":"decode","color":"rgb","encode":"jpeg:95","filter":"bilinear","fit":"shorter","max-pixels":"268435456","resize":"256","subsampling":"4:2:0"})"},
      {{{"resize", "8x9"}, {"encode", "raw"}, {"color", "gray"}, {"background", "1,2,3"}},
       R"({"background":"1,2,3","check":"decode","color":"gray","encode":"raw","filter":"bilinear","fit":"cover","max-pixels":"268435456","resize":"8x9"})"},
      {{{"resize", "256"}, {"crop", "224"}, {"encode", "raw"}},
       R"({"background":"255,255,255","check":"decode","color":"rgb","crop":"224x224","encode":"raw","filter":"bilinear","fit":"shorter","max-pixels":"268435456","resize":"256"})"},
      {{{"encode", "jpeg:80"}, {"subsampling", "4:4:4"}, {"max-pixels", "100"}},
       R"({"background":"255,255,255","check":"decode","color":"rgb","encode":"jpeg:80","max-pixels":"100","subsampling":"4:4:4"})"},
  };
  for (const Case& item : cases) {
    const ImageOptions options = options_of(item.settings);
    CHECK(options.to_text() == item.text);
    CHECK(image_options_from_text(item.text).to_text() == item.text);
  }
  CHECK(class_of([] { image_options_from_text("{\"encode\":\"jpeg:0\"}"); }) == "corrupt");
  CHECK(class_of([] { image_options_from_text("{\"encode\":5}"); }) == "corrupt");
  CHECK(class_of([] { image_options_from_text("{"); }) == "corrupt");
}

TEST_CASE("options that cannot be are refused with their name") {
  struct Case {
    Settings settings;
    const char* name;
    const char* expected;
  };
  const Case cases[] = {
      {{{"resize", "0"}}, "--resize", "usage"},
      {{{"fit", "cover"}}, "--fit", "usage"},
      {{{"fit", "round"}}, "--fit", "usage"},
      {{{"crop", "8"}}, "--crop", "usage"},
      {{{"resize", "8x8"}, {"crop", "8"}}, "--crop", "usage"},
      {{{"resize", "8"}, {"crop", "0"}}, "--crop", "usage"},
      {{{"resize", "256"}, {"fit", "cover"}}, "--fit", "usage"},
      {{{"resize", "8x8"}, {"fit", "shorter"}}, "--fit", "usage"},
      {{{"resize", "256"}, {"encode", "keep"}}, "--encode", "usage"},
      {{{"color", "gray"}, {"encode", "keep"}}, "--encode", "usage"},
      {{{"encode", "webp:0"}}, "--encode", "usage"},
      {{{"lenient", "perhaps"}}, "--lenient", "usage"},
      {{{"encode", "jpeg:101"}}, "--encode", "usage"},
      {{{"encode", "png:9"}}, "--encode", "usage"},
      {{{"filter", "nearest"}}, "--filter", "usage"},
      {{{"color", "blue"}}, "--color", "usage"},
      {{{"check", "hard"}}, "--check", "usage"},
      {{{"max-pixels", "0"}}, "--max-pixels", "usage"},
      {{{"background", "1,2"}}, "--background", "usage"},
      {{{"background", "1,2,256"}}, "--background", "usage"},
      {{{"background", "1,2,3,4"}}, "--background", "usage"},
      {{{"sharpen", "1"}}, "--sharpen", "usage"},
  };
  for (const Case& item : cases) {
    CAPTURE(item.name);
    try {
      ImageTransform transform(options_of(item.settings));
      FAIL("was accepted");
    } catch (const Error& error) {
      CHECK(error_class_name(error.code()) == item.expected);
      CHECK(error.message().find(item.name) != std::string::npos);
    }
  }
}

TEST_CASE("a crop is the middle of what comes out without it") {
  const auto bytes = jpeg_of(noise(150, 100, 3));
  ImageWorkspace workspace;
  const ImageTransform whole(options_of({{"resize", "64"}, {"encode", "raw"}}));
  const Image all = whole.render(bytes, workspace);  // 96 x 64
  const ImageTransform middle(options_of({{"resize", "64"}, {"crop", "40x50"}, {"encode", "raw"}}));
  const Image& part = middle.render(bytes, workspace);
  REQUIRE(part.width == 40);
  REQUIRE(part.height == 50);
  for (std::uint32_t y = 0; y < 50; ++y) {
    CHECK(std::equal(part.row(y), part.row(y) + 40 * 3, all.row(y + 7) + 28 * 3));
  }
}

TEST_CASE("a thin picture is not blown up over the limit") {
  const ImageTransform transform(options_of({{"resize", "256"}, {"max-pixels", "1000000"}}));
  ImageWorkspace workspace;
  Image thin;
  thin.reshape(60'000, 1, 1);
  std::ranges::fill(thin.pixels, std::uint8_t{7});
  CHECK(class_of([&] { transform.apply(jpeg_of(thin), workspace); }) == "too_large");
}

TEST_CASE("a workspace that is used again gives what a fresh one gives") {
  const ImageTransform transform(
      options_of({{"resize", "20x30"}, {"fit", "contain"}, {"encode", "raw"}}));
  ImageWorkspace used;
  for (const auto& [width, height] : {std::pair{200u, 100u}, {3u, 5u}, {64u, 200u}, {33u, 33u}}) {
    const auto bytes = jpeg_of(noise(width, height, 3), {.app1 = exif_block(6)});
    ImageWorkspace fresh;
    CHECK(std::ranges::equal(transform.apply(bytes, used).bytes,
                             transform.apply(bytes, fresh).bytes));
  }
}

TEST_CASE("the codec canary is the same twice and names the codecs") {
  const CodecCanary canary = codec_canary();
  CHECK(canary.digest == codec_canary().digest);
  CHECK(canary.digest != Hash128{});
  CHECK(canary.codecs.find("libjpeg-turbo ") != std::string::npos);
  CHECK(canary.codecs.find("libpng ") != std::string::npos);
}
