// Device transforms: what the processor makes of a job, against the transforms of the host and
// against references of other making. A GPU runs the same bodies: tests/gpu compares the two.
#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <limits>

#include "dsprep/gpu_loader.h"
#include "lib/gpu/run_on_host.h"
#include "support/device_epochs.h"
#include "support/errors.h"
#include "support/picture_source.h"

using namespace dsprep;
using namespace dsprep::test;
using cuda::DeviceCrop;
using cuda::ElementType;
using cuda::PixelOptions;
using cuda::TensorLayout;
using cuda::TokenOptions;

namespace {

LoaderOptions plain(std::uint64_t batch = 8) {
  return {.batch_size = batch, .shuffle = true, .seed = 9, .threads = 1};
}

std::deque<Seen> on_device(const SourcePtr& from, LoaderOptions options,
                           std::vector<cuda::DeviceTransform> transforms) {
  const auto device = cuda::make_standin({.order = cuda::StandinOrder::kLazy});
  cuda::GpuLoader loader(from, std::move(options),
                         {.device = device, .transforms = std::move(transforms)});
  std::deque<Seen> seen = device_epoch(loader, *device, nullptr, 2);
  CHECK(device->faults() == std::vector<std::string>{});
  return seen;
}

std::deque<Seen> on_host(const SourcePtr& from, LoaderOptions options) {
  Loader loader(from, std::move(options));
  return host_epoch(loader, 2);
}

// The value of a small float of `exponent` and `fraction` bits, the implied one included.
double value_of(std::uint16_t bits, int exponent, int fraction) {
  const int bias = (1 << (exponent - 1)) - 1;
  const int power = bits >> fraction & ((1 << exponent) - 1), rest = bits & ((1 << fraction) - 1);
  const double sign = bits & 0x8000 ? -1 : 1;
  if (power == (1 << exponent) - 1)
    return rest ? std::nan("") : sign * std::numeric_limits<double>::infinity();
  const double tail = std::ldexp(rest, -fraction);
  return sign * (power ? std::ldexp(1 + tail, power - bias) : std::ldexp(tail, 1 - bias));
}

// `bits` is what `value` rounds to: no neighbour is nearer, and a tie is even.
bool nearest(float value, std::uint16_t bits, int exponent, int fraction) {
  const double exact = value, mine = value_of(bits, exponent, fraction);
  const auto infinite = static_cast<std::uint16_t>(((1 << exponent) - 1) << fraction);
  if ((bits & 0x7fff) == infinite) {
    // from half a step above the largest on
    const double largest = value_of(static_cast<std::uint16_t>(infinite - 1), exponent, fraction);
    const double step =
        largest - value_of(static_cast<std::uint16_t>(infinite - 2), exponent, fraction);
    return std::fabs(exact) >= largest + step / 2 && std::signbit(exact) == (bits >> 15 != 0);
  }
  const double away = std::fabs(exact - mine);
  for (const int by : {-1, 1}) {
    const int other = (bits & 0x7fff) + by;
    if (other < 0 || other >= infinite) continue;
    const double there =
        value_of(static_cast<std::uint16_t>((bits & 0x8000) | other), exponent, fraction);
    const double far = std::fabs(exact - there);
    if (far < away || (far == away && (bits & 1) != 0)) return false;
  }
  return std::signbit(exact) == (bits >> 15 != 0);
}

}  // namespace

TEST_CASE("float16 and bfloat16 are the nearest, ties to even, for every class of float") {
  std::uint64_t wrong = 0;
  const auto check = [&](std::uint32_t bits) {
    const float value = std::bit_cast<float>(bits);
    if (std::isnan(value)) {
      wrong += cuda::half_bits(value) != 0x7fff || cuda::brain_bits(value) != 0x7fff;
      return;
    }
    wrong += !nearest(value, cuda::half_bits(value), 5, 10);
    wrong += !nearest(value, cuda::brain_bits(value), 8, 7);
  };
  for (std::uint32_t i = 0; i < 400'000; ++i)
    check(static_cast<std::uint32_t>(mix(i, 1)));  // any float
  for (std::uint32_t i = 0; i < 400'000; ++i)      // those near float16's range, and its ties
    check(0x32800000U + static_cast<std::uint32_t>(mix(i, 2) % 0x15800000U));
  for (std::uint32_t high = 0; high <= 0xffff; ++high)
    for (const std::uint32_t low : {0U, 1U, 0x1000U, 0x0fffU, 0x7fffU, 0x8000U, 0x8001U, 0xffffU})
      check(high << 16 | low);
  CHECK(wrong == 0);
}

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
      LoaderOptions host = plain();
      host.transform = {augment(augmenting)};
      const std::deque<Seen> expected = on_host(from, host);
      for (const TensorLayout layout : {TensorLayout::kNchw, TensorLayout::kNhwc}) {
        for (const ElementType type :
             {ElementType::kFloat32, ElementType::kFloat16, ElementType::kBfloat16}) {
          PixelOptions options{.type = type, .layout = layout, .flip = flip};
          const std::deque<Seen> seen = on_device(from, plain(), {options});
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
      LoaderOptions host = plain();
      host.transform = {augment(augmenting)};
      const std::deque<Seen> expected = on_host(from, host);
      PixelOptions options{.flip = 0.5, .crop = crop, .width = 16, .height = 12, .shorter = 20};
      options.mean = {0, 0, 0};
      options.std = {1, 1, 1};
      const std::deque<Seen> seen = on_device(from, plain(), {options});
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

TEST_CASE("a resampled pixel is the triangle's exact mean, rounded once") {
  for (const int size : {1, 2, 3, 7, 40, 300}) {
    for (const int total : {1, 2, 5, 16, 41}) {
      const int skip = total / 3, shown = total - skip;
      std::vector<std::uint8_t> line(static_cast<std::size_t>(size));
      for (int k = 0; k < size; ++k) line[static_cast<std::size_t>(k)] = mix(7, k) & 0xff;
      cuda::PixelDraw draw{{0, size, total, skip}, {0, 1, 1, 0}, 0};
      std::vector<float> out(static_cast<std::size_t>(shown));
      cuda::PixelJob job{};
      job.pixels = line.data();
      job.draws = &draw;
      job.out = out.data();
      job.rank = 2, job.rows = 1, job.channels = 1;
      job.in_width = static_cast<std::uint32_t>(size), job.in_height = 1;
      job.width = static_cast<std::uint32_t>(shown), job.height = 1;
      job.gain[0] = 1;
      job.resample = true;
      cuda::run_on_host(job);
      for (int x = 0; x < shown; ++x) {
        const double scale = static_cast<double>(size) / total, reach = std::max(1.0, scale);
        const double centre = (x + skip + 0.5) * scale;
        double sum = 0, weights = 0;
        for (int k = 0; k < size; ++k) {
          const double weight = std::max(0.0, 1 - std::fabs(k + 0.5 - centre) / reach);
          sum += weight * line[static_cast<std::size_t>(k)];
          weights += weight;
        }
        CAPTURE(size);
        CAPTURE(total);
        CAPTURE(x);
        CHECK(std::fabs(static_cast<double>(out[static_cast<std::size_t>(x)]) - sum / weights) <=
              0.5 + 1e-9);
      }
    }
  }
}

TEST_CASE("tokens are what pad() makes on the host, bit by bit") {
  const SourcePtr from = pictures(50);
  for (const bool targets : {false, true}) {
    for (const std::uint64_t length : {0, 11, 12, 40}) {
      for (const std::uint64_t multiple : {1, 8}) {
        LoaderOptions host = plain();
        host.fields = {"tokens", "label"};
        host.collate = pad(77, {.length = length, .multiple = multiple, .targets = targets});
        LoaderOptions options = plain();
        options.fields = {"tokens", "label"};
        TokenOptions tokens{.pad = 77, .length = length, .multiple = multiple, .targets = targets};
        const std::deque<Seen> expected = on_host(from, host);
        CHECK(equal(on_device(from, options, {tokens}), expected));
        tokens.type = ElementType::kInt32;
        const std::deque<Seen> narrow = on_device(from, options, {tokens});
        bool same = true;
        for (std::size_t step = 0; step < expected.size(); ++step) {
          const auto wide = expected[step].as<std::int64_t>("input_ids");
          const auto mine = narrow[step].as<std::int32_t>("input_ids");
          same = same && std::equal(wide.begin(), wide.end(), mine.begin(), mine.end());
        }
        CHECK(same);
      }
    }
  }
}

TEST_CASE("windows are what next_token() makes on the host; rows of fixed length have masks, too") {
  const SourcePtr from = pictures(30);
  LoaderOptions host = plain();
  host.fields = {"window"};
  LoaderOptions device = host;
  host.transform = {next_token("window")};
  CHECK(equal(on_device(from, device,
                        {TokenOptions{.field = "window", .name = "input_ids", .shift = true}}),
              on_host(from, host)));
  const std::deque<Seen> seen =
      on_device(from, device, {TokenOptions{.field = "window", .pad = -1, .multiple = 4}});
  const std::deque<Seen> raw = on_host(from, device);
  for (std::size_t step = 0; step < seen.size(); ++step) {
    const auto ids = seen[step].as<std::int64_t>("window");
    const auto values = raw[step].as<std::uint16_t>("window");
    const auto mask = seen[step].as<std::uint8_t>("attention_mask");
    for (std::size_t row = 0; row < seen[step].samples.size(); ++row) {
      CHECK(seen[step].as<std::int64_t>("lengths")[row] == 9);
      for (std::size_t i = 0; i < 12; ++i) {
        CHECK(ids[row * 12 + i] == (i < 9 ? values[row * 9 + i] : -1));
        CHECK(mask[row * 12 + i] == (i < 9 ? 1 : 0));
      }
    }
  }
}

TEST_CASE("rows of bad samples are zero, or all padding, as on the host") {
  const auto broken = [](std::uint64_t index) {
    if (index % 9 == 4) throw Error(ErrorCode::kCorrupt, "broken");
  };
  const SourcePtr from = pictures(50, {}, broken);
  LoaderOptions options = plain();
  options.on_bad_sample = OnBadSample::kSkip;
  LoaderOptions host = options;
  host.collate = pad(5);
  const std::deque<Seen> expected = on_host(from, host);
  std::deque<Seen> seen = on_device(from, options, {TokenOptions{.pad = 5}, PixelOptions{}});
  REQUIRE(seen.size() == expected.size());
  std::size_t bad = 0;
  for (std::size_t step = 0; step < seen.size(); ++step) {
    for (const char* name : {"input_ids", "lengths", "attention_mask", "valid"})
      CHECK(seen[step].tensors.at(name) == expected[step].tensors.at(name));
    const auto floats = seen[step].as<float>("image");
    const std::size_t each = floats.size() / seen[step].samples.size();
    for (std::size_t row = 0; row < seen[step].samples.size(); ++row) {
      if (seen[step].valid[row]) continue;
      ++bad;
      CHECK(std::all_of(floats.begin() + static_cast<std::ptrdiff_t>(row * each),
                        floats.begin() + static_cast<std::ptrdiff_t>((row + 1) * each),
                        [](float value) { return value == 0; }));
    }
  }
  CHECK(bad == 6);
}

TEST_CASE("options that suit no field are refused when the loader is made") {
  const auto refused = [](PictureShape shape, cuda::DeviceTransform transform,
                          LoaderOptions options = plain()) {
    return code_of([&] {
      cuda::GpuLoader(pictures(8, shape), options,
                      {.device = cuda::standin(), .transforms = {transform}});
    });
  };
  CHECK(refused({}, PixelOptions{.field = "tokens"}) == ErrorCode::kUsage);
  CHECK(refused({}, PixelOptions{.field = "nothing"}) == ErrorCode::kNotFound);
  CHECK(refused({.channels = 2}, PixelOptions{}) == ErrorCode::kUsage);
  CHECK(refused({.ragged = true}, PixelOptions{}) == ErrorCode::kUsage);
  CHECK(refused({}, PixelOptions{.type = ElementType::kInt32}) == ErrorCode::kUsage);
  CHECK(refused({}, PixelOptions{.std = {0, 1, 1}}) == ErrorCode::kUsage);
  CHECK(refused({}, PixelOptions{.crop = DeviceCrop::kCenter, .width = 300}) == ErrorCode::kUsage);
  CHECK(refused({}, TokenOptions{.field = "image"}) == ErrorCode::kUsage);
  CHECK(refused({}, TokenOptions{.type = ElementType::kFloat32}) == ErrorCode::kUsage);
  CHECK(refused({}, TokenOptions{.multiple = 0}) == ErrorCode::kUsage);
  CHECK(refused({}, TokenOptions{.shift = true}) == ErrorCode::kUsage);
  LoaderOptions without = plain();
  without.fields = {"label"};
  CHECK(refused({}, PixelOptions{}, without) == ErrorCode::kUsage);
  CHECK(!refused({}, PixelOptions{}));
  // Too long a sample is known only when it comes.
  CHECK(code_of([&] { (void)on_device(pictures(50), plain(), {TokenOptions{.length = 5}}); }) ==
        ErrorCode::kUsage);
}
