#include "dsprep/augment.h"

#include <doctest/doctest.h>

#include <cmath>
#include <cstring>

#include "lib/image/color_jitter.h"
#include "lib/image/crop_box.h"
#include "lib/image/exact_math.h"
#include "tests/support/pictures.h"

using namespace dsprep;
using namespace dsprep::test;

namespace {

std::vector<std::byte> run(const AugmentOptions& options, Bytes encoded, const DrawKey& key) {
  const ImageAugment augment(options);
  std::vector<std::byte> out(augment.output().row_bytes());
  AugmentWorkspace workspace;
  augment.apply(encoded, key, workspace, out);
  return out;
}

Image as_image(const std::vector<std::byte>& bytes, std::uint32_t width, std::uint32_t height) {
  Image image;
  image.reshape(width, height, 3);
  REQUIRE(bytes.size() == image.pixels.size());
  std::memcpy(image.pixels.data(), bytes.data(), bytes.size());
  return image;
}

// A crop of everything, no flip.
AugmentOptions plain() {
  return {.width = 40,
          .height = 30,
          .scale = {1, 1},
          .ratio = {4.0 / 3, 4.0 / 3},
          .flip = 0,
          .layout = PixelLayout::kByteHwc};
}

}  // namespace

TEST_CASE("log and exp are those of libm but for the last digits, and 1 stays 1") {
  for (double x = 1e-3; x < 1e3; x *= 1.37) {
    CHECK(std::fabs(exact_log(x) - std::log(x)) <= 1e-14 * std::max(1.0, std::fabs(std::log(x))));
    const double y = std::log(x);
    CHECK(std::fabs(exact_exp(y) / std::exp(y) - 1) <= 1e-14);
  }
  CHECK(exact_log(1) == 0);
  CHECK(exact_exp(0) == 1);
  CHECK(round_half_even(2.5) == 2);
  CHECK(round_half_even(3.5) == 4);
  CHECK(round_half_even(2.51) == 3);
}

TEST_CASE(
    "random boxes lie inside, have the area and the ratio asked for, and reach every corner") {
  const std::array<double, 2> scale = {0.08, 1.0}, ratio = {0.75, 4.0 / 3};
  const std::array<double, 2> logs = {exact_log(ratio[0]), exact_log(ratio[1])};
  double area = 0, log_ratio = 0;
  int corners = 0;
  constexpr int kDraws = 20000;
  for (std::uint64_t i = 0; i < kDraws; ++i) {
    Draw draw({.seed = 3, .epoch = 0, .position = i}, 0);
    const Box box = random_resized_box(1000, 1000, scale, ratio, logs, draw);
    REQUIRE(box.x + box.width <= 1000);
    REQUIRE(box.y + box.height <= 1000);
    const double share = box.width * 1e-6 * box.height;
    const double shape = static_cast<double>(box.width) / box.height;
    REQUIRE(share > 0.079);
    REQUIRE(shape > 0.745);
    REQUIRE(shape < 1.345);
    area += share;
    log_ratio += std::log(shape);
    corners += box.x == 0 && box.y == 0;
  }
  CHECK(area / kDraws < 0.54);  // tries that do not fit are the large ones
  CHECK(area / kDraws > 0.44);
  CHECK(std::fabs(log_ratio / kDraws) < 0.01);
  CHECK(corners > 0);
}

TEST_CASE("a picture too long for any box is shown by its centre") {
  const std::array<double, 2> ratio = {0.75, 4.0 / 3};
  CHECK(central_box(1000, 100, ratio) == Box{433, 0, 133, 100});
  CHECK(central_box(90, 1000, ratio) == Box{0, 440, 90, 120});
  CHECK(central_box(90, 100, ratio) == Box{0, 0, 90, 100});
  Draw draw({}, 0);
  const Box box =
      random_resized_box(1000, 1, {1, 1}, ratio, {exact_log(ratio[0]), exact_log(ratio[1])}, draw);
  CHECK(box == Box{499, 0, 1, 1});
}

TEST_CASE("a crop of everything is the resized picture, a flip its mirror") {
  const std::vector<std::byte> bytes = jpeg_of(noise(80, 60, 3));
  const Image expected = resize(decode_image(bytes), 40, 30);
  const Image image = as_image(run(plain(), bytes, {}), 40, 30);
  CHECK(largest_difference(image, expected) == 0);
  AugmentOptions flipped = plain();
  flipped.flip = 1;
  const Image mirror = as_image(run(flipped, bytes, {}), 40, 30);
  bool mirrored = true;
  for (std::uint32_t y = 0; y < 30; ++y)
    for (std::uint32_t x = 0; x < 40; ++x)
      mirrored = mirrored && pixel(mirror, x, y) == pixel(image, 39 - x, y);
  CHECK(mirrored);
}

TEST_CASE("the layouts hold the same pixels; floats are normalised") {
  const std::vector<std::byte> bytes = jpeg_of(noise(80, 60, 3));
  for (const double flip : {0.0, 1.0}) {
    AugmentOptions options = plain();
    options.flip = flip;
    const Image image = as_image(run(options, bytes, {}), 40, 30);
    options.layout = PixelLayout::kByteChw;
    const std::vector<std::byte> planes = run(options, bytes, {});
    options.layout = PixelLayout::kFloatChw;
    const std::vector<std::byte> raw = run(options, bytes, {});
    std::vector<float> floats(raw.size() / sizeof(float));
    std::memcpy(floats.data(), raw.data(), raw.size());
    REQUIRE(floats.size() == planes.size());
    double most = 0;
    bool equal = true;
    for (std::size_t i = 0; i < planes.size(); ++i) {
      const std::size_t c = i / 1200, at = i % 1200;
      const int value = image.pixels[at * 3 + c];
      equal = equal && std::to_integer<int>(planes[i]) == value;
      const double wanted = (value / 255.0 - options.mean[c]) / options.std[c];
      most = std::max(most, std::fabs(wanted - static_cast<double>(floats[i])));
    }
    CHECK(equal);
    CHECK(most < 1e-6);
  }
}

TEST_CASE("evaluation is Resize and CenterCrop, whatever the key") {
  const std::vector<std::byte> bytes = jpeg_of(noise(90, 60, 3));
  AugmentOptions options = plain();
  options.crop = CropMode::kCenter;
  options.shorter = 45;
  const Image whole = resize(decode_image(bytes), 67, 45);  // int(45 * 90 / 60) = 67
  const Image image = as_image(run(options, bytes, {.seed = 1}), 40, 30);
  bool equal = true;
  for (std::uint32_t y = 0; y < 30; ++y)  // round(27 / 2) = 14 and round(15 / 2) = 8, half to even
    for (std::uint32_t x = 0; x < 40; ++x)
      equal = equal && pixel(image, x, y) == pixel(whole, x + 14, y + 8);
  CHECK(equal);
  CHECK(run(options, bytes, {.seed = 1}) == run(options, bytes, {.seed = 2, .position = 9}));
}

TEST_CASE("pixels are a function of seed, epoch and position") {
  const std::vector<std::byte> bytes = jpeg_of(noise(90, 60, 3));
  AugmentOptions options{.width = 24, .height = 24, .jitter = {0.4, 0.4, 0.4, 0.1}};
  const DrawKey key{.seed = 5, .epoch = 2, .position = 77};
  const std::vector<std::byte> first = run(options, bytes, key);
  CHECK(first == run(options, bytes, key));
  for (const DrawKey& other : {DrawKey{6, 2, 77}, DrawKey{5, 3, 77}, DrawKey{5, 2, 78}}) {
    CHECK(first != run(options, bytes, other));
  }
}

TEST_CASE("pixels that are decoded already give what the encoded picture gives") {
  const Image image = noise(90, 60, 3);
  std::vector<std::byte> png;
  encode_png(image, png);
  for (const CropMode crop : {CropMode::kRandomResized, CropMode::kCenter}) {
    const ImageAugment augment({.crop = crop, .width = 24, .height = 20, .shorter = 33});
    AugmentWorkspace workspace;
    std::vector<std::byte> out(augment.output().row_bytes());
    for (std::uint64_t i = 0; i < 20; ++i) {
      const DrawKey key{.seed = 1, .epoch = 1, .position = i};
      augment.apply(PixelView{image.bytes(), 90, 60, 3}, key, workspace, out);
      CHECK(out == run(augment.options(), png, key));
    }
  }
}

TEST_CASE("orientation is applied before the crop") {
  Image wide = quadrants(64, 48);
  AugmentOptions options = plain();
  options.ratio = {0.75, 0.75};
  options.width = 30;
  options.height = 40;
  const std::vector<std::byte> bytes = jpeg_of(wide, {.h = 1, .v = 1, .app1 = exif_block(6)});
  const Image image = as_image(run(options, bytes, {}), 30, 40);
  CHECK(quadrant_error(image, {kBlue, kRed, kWhite, kGreen}) <= 14);
}

TEST_CASE("colour steps are those of torchvision on uint8") {
  struct Case {
    const char* name;
    void (*step)(std::span<std::uint8_t>, double);
    double value;
    std::array<std::uint8_t, 6> expected;
  };
  // (200, 100, 50) and (10, 20, 30); gray by 0.2989 R + 0.587 G + 0.114 B: 124 and 18
  const Case cases[] = {
      {"brightness is cut at 255", adjust_brightness, 1.5, {255, 150, 75, 15, 30, 45}},
      {"brightness 0", adjust_brightness, 0, {0, 0, 0, 0, 0, 0}},
      {"contrast 0 is the mean gray", adjust_contrast, 0, {71, 71, 71, 71, 71, 71}},
      {"contrast 2 leaves it", adjust_contrast, 2, {255, 129, 29, 0, 0, 0}},
      {"saturation 0 is gray", adjust_saturation, 0, {124, 124, 124, 18, 18, 18}},
      {"saturation 0.5", adjust_saturation, 0.5, {162, 112, 87, 14, 19, 24}},
      {"no turn", adjust_hue, 0, {200, 100, 50, 10, 20, 30}},
      {"a third turns red to green", adjust_hue, 1.0 / 3, {50, 200, 100, 30, 10, 20}},
      {"and back to blue", adjust_hue, -1.0 / 3, {100, 50, 200, 20, 30, 10}},
  };
  for (const Case& item : cases) {
    CAPTURE(item.name);
    std::array<std::uint8_t, 6> pixels = {200, 100, 50, 10, 20, 30};
    item.step(pixels, item.value);
    for (std::size_t i = 0; i < pixels.size(); ++i) {
      CHECK(std::abs(pixels[i] - item.expected[i]) <= 1);
    }
  }
}

TEST_CASE("jitter draws every order and stays in its ranges") {
  int first_is_hue = 0;
  for (std::uint64_t i = 0; i < 4000; ++i) {
    Draw draw({.seed = 1, .epoch = 0, .position = i}, 2);
    const JitterPlan plan = draw_jitter({.brightness = 2, .contrast = 0.3, .hue = 0.2}, draw);
    CHECK(plan.value[0] >= 0);
    CHECK(plan.value[0] < 3);
    CHECK(std::fabs(plan.value[1] - 1) <= 0.3);
    CHECK(!plan.active[2]);
    CHECK(std::fabs(plan.value[3]) <= 0.2);
    first_is_hue += plan.order[0] == JitterStep::kHue;
  }
  CHECK(std::abs(first_is_hue - 1000) < 150);
}

TEST_CASE("options that mean nothing, and buffers of another size, are refused") {
  const AugmentOptions wrong[] = {{.width = 0},
                                  {.scale = {0.5, 0.1}},
                                  {.scale = {0, 1}},
                                  {.ratio = {2, 1}},
                                  {.flip = 1.5},
                                  {.jitter = {.hue = 0.6}},
                                  {.std = {0, 1, 1}},
                                  {.jitter = {.contrast = -1}},
                                  {.flip = std::nan("")},
                                  {.max_pixels = 0},
                                  {.crop = CropMode::kCenter, .shorter = 100}};
  for (const AugmentOptions& options : wrong) {
    CHECK(class_of([&] { ImageAugment augment(options); }) == "usage");
  }
  const ImageAugment augment({});
  CHECK(augment.output().shape == std::vector<std::int64_t>{3, 224, 224});
  CHECK(augment.output().dtype == DType::kFloat32);
  AugmentWorkspace workspace;
  std::vector<std::byte> small(7);
  CHECK(class_of([&] { augment.apply(jpeg_of(quadrants()), {}, workspace, small); }) == "usage");
  CHECK(AugmentOptions{}.to_text() != AugmentOptions{.flip = 0.25}.to_text());
}
