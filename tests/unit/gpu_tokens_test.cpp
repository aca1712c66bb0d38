// Tokens on the device, bad samples and refused options: against what the host makes.
#include <doctest/doctest.h>

#include <algorithm>

#include "dsprep/gpu_loader.h"
#include "support/device_epochs.h"
#include "support/errors.h"
#include "support/picture_source.h"

using namespace dsprep;
using namespace dsprep::test;
using cuda::DeviceCrop;
using cuda::ElementType;
using cuda::PixelOptions;
using cuda::TokenOptions;

TEST_CASE("tokens are what pad() makes on the host, bit by bit") {
  const SourcePtr from = pictures(50);
  for (const bool targets : {false, true}) {
    for (const std::uint64_t length : {0, 11, 12, 40}) {
      for (const std::uint64_t multiple : {1, 8}) {
        LoaderOptions host = shuffled_batches();
        host.fields = {"tokens", "label"};
        host.collate = pad(77, {.length = length, .multiple = multiple, .targets = targets});
        LoaderOptions options = shuffled_batches();
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
  LoaderOptions host = shuffled_batches();
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
  LoaderOptions options = shuffled_batches();
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
                          LoaderOptions options = shuffled_batches()) {
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
  LoaderOptions without = shuffled_batches();
  without.fields = {"label"};
  CHECK(refused({}, PixelOptions{}, without) == ErrorCode::kUsage);
  CHECK(!refused({}, PixelOptions{}));
  // Too long a sample is known only when it comes.
  CHECK(code_of([&] {
          (void)on_device(pictures(50), shuffled_batches(), {TokenOptions{.length = 5}});
        }) == ErrorCode::kUsage);
}
