#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "dsprep/checksum.h"
#include "dsprep/resize.h"
#include "lib/image/resize_kernels.h"
#include "tests/support/pictures.h"

using namespace dsprep;
using namespace dsprep::test;

namespace {

double kernel(Filter filter, double x) {
  const auto sinc = [](double t) { return t == 0 ? 1.0 : std::sin(M_PI * t) / (M_PI * t); };
  switch (filter) {
    case Filter::kArea:
      return x > -0.5 && x <= 0.5 ? 1 : 0;
    case Filter::kBilinear:
      return std::max(0.0, 1 - std::fabs(x));
    default:
      return x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0;
  }
}

// One axis in double precision: `from` and `to` run over pixels, `lines` of them side by side.
std::vector<double> reference_axis(const std::vector<double>& in, std::size_t from, std::size_t to,
                                   std::size_t lines, Filter filter) {
  std::vector<double> out(to * lines);
  const double scale = static_cast<double>(from) / static_cast<double>(to),
               wide = std::max(1.0, scale);
  for (std::size_t i = 0; i < to; ++i) {
    const double center = (static_cast<double>(i) + 0.5) * scale;
    double total = 0;
    for (std::size_t j = 0; j < from; ++j) {
      const double weight = kernel(filter, (static_cast<double>(j) - center + 0.5) / wide);
      total += weight;
      for (std::size_t l = 0; l < lines; ++l) out[i * lines + l] += weight * in[j * lines + l];
    }
    for (std::size_t l = 0; l < lines; ++l) out[i * lines + l] /= total;
  }
  return out;
}

// The vertical axis of a gray picture, then the horizontal one, without rounding between them.
std::vector<double> reference(const Image& in, std::size_t width, std::size_t height,
                              Filter filter) {
  const std::vector<double> values(in.pixels.begin(), in.pixels.end());
  const std::vector<double> tall = reference_axis(values, in.height, height, in.width, filter);
  std::vector<double> turned(tall.size());
  for (std::size_t y = 0; y < height; ++y) {
    for (std::size_t x = 0; x < in.width; ++x) turned[x * height + y] = tall[y * in.width + x];
  }
  const std::vector<double> done = reference_axis(turned, in.width, width, height, filter);
  std::vector<double> out(done.size());
  for (std::size_t y = 0; y < height; ++y) {
    for (std::size_t x = 0; x < width; ++x) out[y * width + x] = done[x * height + y];
  }
  return out;
}

constexpr std::pair<std::uint32_t, std::uint32_t> kSizes[] = {
    {64, 48}, {40, 48}, {64, 10}, {13, 7}, {128, 96}, {70, 20}, {1, 1}, {200, 3}, {63, 47}};

}  // namespace

TEST_CASE("area and bilinear are within one level of the same sums in double precision") {
  const Image image = noise(64, 48, 1);
  for (const Filter filter : {Filter::kArea, Filter::kBilinear}) {
    for (const auto& [width, height] : kSizes) {
      CAPTURE(width);
      CAPTURE(height);
      const Image ours = resize(image, width, height, filter);
      const std::vector<double> exact = reference(image, width, height, filter);
      double most = 0;
      for (std::size_t i = 0; i < exact.size(); ++i) {
        most = std::max(most, std::fabs(exact[i] - ours.pixels[i]));
      }
      CHECK(most < 1.01);
    }
  }
}

TEST_CASE("lanczos is within one level of double precision where its lobes are not clipped") {
  Image image = noise(64, 48, 1);
  for (std::uint8_t& value : image.pixels) value = static_cast<std::uint8_t>(96 + value / 4);
  for (const auto& [width, height] : kSizes) {
    const Image ours = resize(image, width, height, Filter::kLanczos);
    const std::vector<double> exact = reference(image, width, height, Filter::kLanczos);
    double most = 0;
    for (std::size_t i = 0; i < exact.size(); ++i) {
      most = std::max(most, std::fabs(exact[i] - ours.pixels[i]));
    }
    CHECK(most < 1.25);  // half a level after each pass, the first one widened by the lobes
  }
}

TEST_CASE("three channels are resized as each of them alone") {
  const Image image = noise(51, 37, 3);
  for (const Filter filter : {Filter::kArea, Filter::kBilinear, Filter::kLanczos}) {
    for (const auto& [width, height] : kSizes) {
      const Image ours = resize(image, width, height, filter);
      for (std::size_t c = 0; c < 3; ++c) {
        Image channel = noise(51, 37, 1);
        for (std::size_t i = 0; i < channel.pixels.size(); ++i)
          channel.pixels[i] = image.pixels[3 * i + c];
        const Image alone = resize(channel, width, height, filter);
        bool equal = true;
        for (std::size_t i = 0; i < alone.pixels.size(); ++i) {
          equal = equal && alone.pixels[i] == ours.pixels[3 * i + c];
        }
        CHECK(equal);
      }
    }
  }
}

TEST_CASE("the weights of an output pixel add up to one, and an even picture stays even") {
  for (const Filter filter : {Filter::kArea, Filter::kBilinear, Filter::kLanczos}) {
    for (const auto& [in, out] :
         {std::pair{500u, 256u}, {7u, 100u}, {12000u, 3u}, {4000u, 90u}, {5u, 5u}, {1u, 9u}}) {
      const ResizeWeights weights = make_weights(SourceSpan::of(0, in), out, 0, out, filter);
      for (std::size_t i = 0; i < out; ++i) {
        REQUIRE(weights.first[i] + weights.taps < weights.end + ResizeWeights::kTapStep);
        std::int64_t sum = 0;
        for (std::uint32_t j = 0; j < weights.taps; ++j) {
          const std::size_t at = i * weights.taps + j;
          const std::int32_t weight = weights.wide.empty() ? weights.values[at] : weights.wide[at];
          sum += weight;
          if (weights.first[i] + j >= in) REQUIRE(weight == 0);
        }
        const std::int64_t lost = weights.wide.empty() ? 0 : weights.taps / 2;
        REQUIRE(std::abs(sum - (1 << weights.bits)) <= lost);
      }
    }
    Image even;
    even.reshape(300, 200, 3);
    for (const int level : {0, 1, 127, 254, 255}) {
      const auto value = static_cast<std::uint8_t>(level);
      std::ranges::fill(even.pixels, value);
      const Image small = resize(even, 31, 77, filter);
      CHECK(std::ranges::count(small.pixels, value) == std::ssize(small.pixels));
    }
  }
}

TEST_CASE("a window of the scaled picture is what would be cropped out of all of it") {
  const Image image = noise(90, 60, 3);
  ResizeScratch scratch;
  for (const Filter filter : {Filter::kArea, Filter::kBilinear, Filter::kLanczos}) {
    const ResizePlan plan = plan_resize(90, 60, {24, 40}, Fit::kCover);
    REQUIRE(plan.scaled_width == 60);
    REQUIRE(plan.crop_x == 18);
    Image window;
    resize(image, plan, filter, {}, scratch, window);
    const Image all = resize(image, 60, 40, filter);
    for (std::uint32_t y = 0; y < 40; ++y) {
      CHECK(std::equal(window.row(y), window.row(y) + 24 * 3, all.row(y) + 18 * 3));
    }
  }
}

TEST_CASE("contain puts the picture on the background") {
  ResizeScratch scratch;
  Image out;
  const ResizePlan plan = plan_resize(64, 48, {32, 32}, Fit::kContain);
  resize(quadrants(), plan, Filter::kArea, {1, 2, 3}, scratch, out);
  CHECK(out.width == 32);
  CHECK(out.height == 32);
  CHECK(pixel(out, 5, 3) == Rgb{1, 2, 3});
  CHECK(pixel(out, 5, 4) == kRed);
  CHECK(pixel(out, 31, 27) == kWhite);
  CHECK(pixel(out, 31, 28) == Rgb{1, 2, 3});
}

TEST_CASE("the middle of a scaled picture, with the background where it is too small") {
  ResizePlan plan = plan_resize(501, 377, {256, 0}, Fit::kShorter);  // 340 x 256
  crop_center(plan, {225, 224});
  CHECK(plan.scaled_width == 340);
  CHECK(plan.crop_x == 58);  // 57.5 rounds to the even 58
  CHECK(plan.crop_y == 16);
  CHECK(plan.width == 225);
  CHECK(plan.crop_height == 224);
  ResizePlan small = plan_resize(64, 48, {32, 0}, Fit::kLonger);  // 32 x 24
  crop_center(small, {16, 32});
  ResizeScratch scratch;
  Image out;
  resize(quadrants(), small, Filter::kArea, {1, 2, 3}, scratch, out);
  CHECK(out.width == 16);
  CHECK(out.height == 32);
  CHECK(pixel(out, 0, 3) == Rgb{1, 2, 3});
  CHECK(pixel(out, 0, 4) == kRed);
  CHECK(pixel(out, 15, 27) == kWhite);
  CHECK(pixel(out, 15, 28) == Rgb{1, 2, 3});
}

TEST_CASE("geometry follows torchvision's Resize and CenterCrop") {
  struct Case {
    std::uint32_t width, height;
    const char* spec;
    Fit fit;
    std::uint32_t scaled_width, scaled_height, crop_x, crop_y;
  };
  const Case cases[] = {
      {500, 375, "256", Fit::kShorter, 341, 256, 0, 0},
      {375, 500, "256", Fit::kShorter, 256, 341, 0, 0},
      {375, 375, "256", Fit::kShorter, 256, 256, 0, 0},
      {500, 375, "256", Fit::kLonger, 256, 192, 0, 0},
      {375, 500, "256", Fit::kLonger, 192, 256, 0, 0},
      {1000, 3, "100", Fit::kLonger, 100, 1, 0, 0},
      {500, 375, "224x224", Fit::kCover, 298, 224, 37, 0},
      {501, 377, "224x224", Fit::kCover, 297, 224, 36, 0},  // 36.5 rounds to the even 36
      {503, 375, "225x224", Fit::kCover, 300, 224, 38, 0},  // 37.5 to 38
      {375, 500, "224x224", Fit::kCover, 224, 298, 0, 37},
      {100, 100, "200x100", Fit::kCover, 200, 200, 0, 50},
      {500, 375, "224x224", Fit::kContain, 224, 168, 0, 0},
      {500, 375, "10x20", Fit::kStretch, 10, 20, 0, 0},
  };
  for (const Case& item : cases) {
    CAPTURE(item.width);
    CAPTURE(item.spec);
    const auto spec = resize_spec_from_text(item.spec);
    REQUIRE(spec);
    CHECK(spec->to_text() == item.spec);
    const ResizePlan plan = plan_resize(item.width, item.height, *spec, item.fit);
    CHECK(plan.scaled_width == item.scaled_width);
    CHECK(plan.scaled_height == item.scaled_height);
    CHECK(plan.crop_x == item.crop_x);
    CHECK(plan.crop_y == item.crop_y);
  }
  for (const char* text : {"", "0", "x", "1x", "x1", "1x0", "-1", "1x1x1", "a", "1000001", " 1"}) {
    CHECK_FALSE(resize_spec_from_text(text));
  }
}

TEST_CASE("every set of instructions gives the same bytes") {
  const std::span<const ResizeKernels> all = resize_kernels();
  REQUIRE(!all.empty());
  for (const Filter filter : {Filter::kArea, Filter::kBilinear}) {
    for (const auto& [in, out] :
         {std::pair{97u, 40u}, {97u, 200u}, {500u, 7u}, {3u, 50u}, {97u, 96u}}) {
      const ResizeWeights weights = make_weights(SourceSpan::of(0, in), out, 0, out, filter);
      const std::size_t slack = ResizeKernels::kSlack;
      const Image source = noise(in * 3 + static_cast<std::uint32_t>(slack), weights.taps, 1, in);
      std::vector<const std::uint8_t*> rows(weights.taps);
      for (std::uint32_t j = 0; j < weights.taps; ++j) rows[j] = source.row(j);
      std::vector<std::uint8_t> first, again(out * 3);
      for (const ResizeKernels& kernels : all) {
        CAPTURE(kernels.name);
        std::vector<std::uint8_t> got;
        kernels.squeeze_rgb(source.row(0), 0, weights, again.data());
        got.insert(got.end(), again.begin(), again.end());
        kernels.squeeze_gray(source.row(0), 0, weights, again.data());
        got.insert(got.end(), again.begin(), again.begin() + out);
        for (const std::size_t bytes : {1u, 15u, 16u, 63u, 64u, 65u, 3 * in}) {
          std::vector<std::uint8_t> blended(bytes);
          kernels.blend(rows.data(), weights.of(0), weights.taps, weights.bits, bytes,
                        blended.data());
          got.insert(got.end(), blended.begin(), blended.end());
        }
        if (first.empty()) first = got;
        CHECK(got == first);
      }
    }
  }
}

TEST_CASE("lanczos gives the very pixels that Pillow 13 gives") {
  // XXH3-128 of Image.fromarray(noise).resize((width, height), Image.LANCZOS).tobytes()
  struct Case {
    std::uint32_t width, height;
    const char* hash;
  };
  const Case cases[] = {
      {48, 30, "33ac6675864a36471411bd814ea486bc"},  {97, 20, "c30f130b9af74c50dbfd110a7a09bcdd"},
      {31, 61, "4e44cc0d4861f52b49a875202c300fde"},  {200, 150, "8b5df492f167f7edfdaa396103966922"},
      {150, 20, "dcc18dbcef454f8a11c9e7b05ea61547"}, {20, 150, "65adde41026eeec13277f7098300e409"},
      {3, 2, "684b1720e7a2b24a16c3d154810d8a09"},
  };
  const Image image = noise(97, 61, 3);
  for (const Case& item : cases) {
    const Image ours = resize(image, item.width, item.height, Filter::kLanczos);
    CHECK(to_hex(xxh3_128(ours.bytes())) == item.hash);
  }
}

TEST_CASE("there is nothing to resize to or from nothing") {
  CHECK(class_of([] { resize(Image{}, 1, 1); }) == "usage");
  CHECK(class_of([] { resize(quadrants(), 0, 1); }) == "usage");
}
