// Pictures on the device: what the processor makes of a job, against the augmentation of the host
// and against references of other making. A GPU runs the same bodies: tests/gpu compares the two.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "dsprep/gpu_loader.h"
#include "lib/gpu/run_on_host.h"
#include "support/device_epochs.h"
#include "support/picture_source.h"

using namespace dsprep;
using namespace dsprep::test;
using cuda::DeviceCrop;
using cuda::ElementType;
using cuda::PixelOptions;
using cuda::TensorLayout;

TEST_CASE("straight pictures are the host's augmentation, bit by bit, in every form") {
  struct Size {
    std::uint64_t height, width, channels;
  };
  for (const Size& size :
       {Size{6, 8, 3}, Size{4, 16, 1}, Size{5, 7, 3}, Size{3, 5, 1}, Size{1, 1, 3}}) {
    for (const double flip : {0.0, 0.5, 1.0}) {
      CAPTURE(size.width);
      CAPTURE(flip);
      const SourcePtr from =
          pictures(24, {.height = size.height, .width = size.width, .channels = size.channels});
      // The whole picture, of its own size: only flip and floats are left of the augmentation.
      AugmentOptions augmenting{
          .crop = CropMode::kCenter,
          .width = static_cast<std::uint32_t>(size.width),
          .height = static_cast<std::uint32_t>(size.height),
          .shorter = static_cast<std::uint32_t>(std::min(size.width, size.height)),
          .flip = flip};
      augmenting.crop = CropMode::kRandomResized;
      augmenting.scale = {1, 1};
      const double ratio = static_cast<double>(size.width) / static_cast<double>(size.height);
      augmenting.ratio = {ratio, ratio};
      LoaderOptions host = shuffled_batches();
      host.transform = {augment(augmenting)};
      const std::deque<Seen> expected = on_host(from, host);
      for (const TensorLayout layout : {TensorLayout::kNchw, TensorLayout::kNhwc}) {
        for (const ElementType type :
             {ElementType::kFloat32, ElementType::kFloat16, ElementType::kBfloat16}) {
          PixelOptions options{.type = type, .layout = layout, .flip = flip};
          const std::deque<Seen> seen = on_device(from, shuffled_batches(), {options});
          REQUIRE(seen.size() == expected.size());
          bool same = true;
          const std::size_t plane = size.height * size.width;
          for (std::size_t step = 0; step < seen.size(); ++step) {
            const std::vector<float> floats = expected[step].as<float>("image");
            const std::size_t rows = seen[step].samples.size();
            for (std::size_t i = 0; i < rows * plane * size.channels; ++i) {
              const std::size_t row = i / (plane * size.channels), c = i / plane % size.channels,
                                at = i % plane;
              const std::size_t mine =
                  layout == TensorLayout::kNchw ? i : (row * plane + at) * size.channels + c;
              const float wanted = floats[(row * 3 + c) * plane + at];  // the host has three
              if (type == ElementType::kFloat32)
                same = same && seen[step].as<float>("image")[mine] == wanted;
              else
                same = same && seen[step].as<std::uint16_t>("image")[mine] ==
                                   (type == ElementType::kFloat16 ? cuda::half_bits(wanted)
                                                                  : cuda::brain_bits(wanted));
            }
            CHECK(seen[step].tensors.count("image_draw") == 0);
            CHECK(seen[step].as<std::int64_t>("label") == expected[step].as<std::int64_t>("label"));
          }
          CHECK(same);
        }
      }
    }
  }
}

TEST_CASE("random crops are those that the host draws, within one level of its pixels") {
  for (const bool ragged : {false, true}) {
    for (const DeviceCrop crop : {DeviceCrop::kRandomResized, DeviceCrop::kCenter}) {
      CAPTURE(ragged);
      CAPTURE(static_cast<int>(crop));
      const SourcePtr from = pictures(40, {.height = 33, .width = 47, .ragged = ragged});
      AugmentOptions augmenting{.width = 16, .height = 12, .shorter = 20, .flip = 0.5};
      augmenting.layout = PixelLayout::kByteChw;
      augmenting.crop = crop == DeviceCrop::kCenter ? CropMode::kCenter : CropMode::kRandomResized;
      LoaderOptions host = shuffled_batches();
      host.transform = {augment(augmenting)};
      const std::deque<Seen> expected = on_host(from, host);
      PixelOptions options{.flip = 0.5, .crop = crop, .width = 16, .height = 12, .shorter = 20};
      options.mean = {0, 0, 0};
      options.std = {1, 1, 1};
      const std::deque<Seen> seen = on_device(from, shuffled_batches(), {options});
      REQUIRE(seen.size() == expected.size());
      double most = 0;
      std::uint64_t differing = 0, all = 0;
      for (std::size_t step = 0; step < seen.size(); ++step) {
        const auto floats = seen[step].as<float>("image");
        const auto& bytes = expected[step].tensors.at("image");
        REQUIRE(floats.size() == bytes.size());
        for (std::size_t i = 0; i < bytes.size(); ++i, ++all) {
          const double away =
              std::fabs(static_cast<double>(floats[i]) * 255 - std::to_integer<int>(bytes[i]));
          most = std::max(most, away);
          differing += away > 0.01;
        }
      }
      CHECK(most <= 1.01);
      CHECK(differing < all / 5);  // the host rounds twice, once for each direction
    }
  }
}

namespace {

// The triangle's weights of one pixel of the result, in floating point.
std::vector<double> weights_of(int size, int total, int at) {
  const double scale = static_cast<double>(size) / total, reach = std::max(1.0, scale);
  const double centre = (at + 0.5) * scale;
  std::vector<double> out;
  for (int k = 0; k < size; ++k)
    out.push_back(std::max(0.0, 1 - std::fabs(k + 0.5 - centre) / reach));
  return out;
}

double mean_of(const std::vector<std::uint8_t>& picture, const std::vector<double>& across,
               const std::vector<double>& down) {
  double sum = 0, all = 0;
  for (std::size_t j = 0; j < down.size(); ++j) {
    if (down[j] == 0) continue;
    for (std::size_t k = 0; k < across.size(); ++k) {
      sum += down[j] * across[k] * picture[j * across.size() + k];
      all += down[j] * across[k];
    }
  }
  return sum / all;
}

// Pixels of the result that are further from the mean than rounding once can be.
int wrong_pixels(cuda::PixelAxis x, cuda::PixelAxis y, bool wide) {
  std::vector<std::uint8_t> picture(static_cast<std::size_t>(x.size) *
                                    static_cast<std::size_t>(y.size));
  for (std::size_t k = 0; k < picture.size(); ++k) picture[k] = mix(7, k) & 0xff;
  const int width = x.total - x.skip, height = y.total - y.skip;
  const cuda::PixelDraw draw{x, y, 0, wide ? 1 : 0};
  std::vector<float> out(static_cast<std::size_t>(width) * static_cast<std::size_t>(height));
  cuda::PixelJob job{};
  job.pixels = picture.data();
  job.draws = &draw;
  job.out = out.data();
  job.rank = 2, job.rows = 1, job.channels = 1;
  job.in_width = static_cast<std::uint32_t>(x.size);
  job.in_height = static_cast<std::uint32_t>(y.size);
  job.width = static_cast<std::uint32_t>(width), job.height = static_cast<std::uint32_t>(height);
  job.gain[0] = 1;
  job.resample = true;
  cuda::run_on_host(job);
  int wrong = 0;
  for (int j = 0; j < height; ++j) {
    const std::vector<double> down = weights_of(y.size, y.total, j + y.skip);
    for (int i = 0; i < width; ++i) {
      const double mean = mean_of(picture, weights_of(x.size, x.total, i + x.skip), down);
      const auto at = static_cast<std::size_t>(j) * static_cast<std::size_t>(width) +
                      static_cast<std::size_t>(i);
      wrong += !(std::fabs(static_cast<double>(out[at]) - mean) <= 0.5 + 1e-9);
    }
  }
  return wrong;
}

}  // namespace

TEST_CASE("a resampled pixel is the triangle's exact mean, rounded once, in sums of both widths") {
  for (const int size : {1, 2, 3, 7, 40, 300}) {
    for (const int total : {1, 2, 5, 16, 41}) {
      for (const bool wide : {false, true}) {
        CAPTURE(size);
        CAPTURE(total);
        CAPTURE(wide);
        const cuda::PixelAxis line{0, size, total, total / 3}, one{0, 1, 1, 0}, other{0, 37, 50, 3};
        CHECK(wrong_pixels(line, one, wide) == 0);
        CHECK(wrong_pixels(one, line, wide) == 0);
        CHECK(wrong_pixels(line, other, wide) == 0);
        CHECK(wrong_pixels(other, line, wide) == 0);
      }
    }
  }
}

TEST_CASE("sums that 32 bits cannot hold are told, and made in 64") {
  // Of white pixels, whose sum is as large as it can be.
  const auto brightest = [](std::int32_t size, std::int32_t total) {
    const std::vector<std::uint8_t> white(
        static_cast<std::size_t>(size) * static_cast<std::size_t>(size), 255);
    const cuda::PixelAxis axis{0, size, total, 0};
    cuda::PixelDraw draw{axis, axis, 0, 0};
    draw.wide = cuda::sums_below(draw, std::uint64_t{1} << 32) ? 0 : 1;
    std::vector<float> out(static_cast<std::size_t>(total) * static_cast<std::size_t>(total));
    cuda::PixelJob job{};
    job.pixels = white.data(), job.draws = &draw, job.out = out.data();
    job.rank = 2, job.rows = 1, job.channels = 1;
    job.in_width = job.in_height = static_cast<std::uint32_t>(size);
    job.width = job.height = static_cast<std::uint32_t>(total);
    job.gain[0] = 1;
    job.resample = true;
    cuda::run_on_host(job);
    CHECK(std::ranges::all_of(out, [](float level) { return level == 255; }));
    return draw.wide;
  };
  CHECK(brightest(256, 224) == 0);
  CHECK(brightest(100, 1024) == 0);
  CHECK(brightest(540, 224) == 0);
  CHECK(brightest(700, 224) == 1);
  CHECK(brightest(50, 1500) == 1);
  CHECK(brightest(2000, 20) == 1);
}
