// A file of sound in parts: the windows are those of the whole signal, whoever reads them.
#include "tools/ingest/sound_source.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <thread>

#include "support/errors.h"
#include "support/sounds.h"

using namespace dsprep;

namespace {

constexpr std::size_t kSamples = 700'000;  // three parts and more

std::vector<float> noise(std::size_t size) {
  std::mt19937 random(1);
  std::vector<float> values(size);
  for (float& value : values)
    value = static_cast<float>(static_cast<std::int32_t>(random())) * 0x1p-32F;
  return values;
}

InputBytes input(std::span<const float> values) { return {test::wav(values), FileStat{}}; }

std::shared_ptr<const ResampleFilter> keep_rate(std::uint32_t) { return nullptr; }

SoundSource::FilterFor to_rate(std::uint32_t rate) {
  return [rate](std::uint32_t from) { return std::make_shared<const ResampleFilter>(from, rate); };
}

std::vector<double> resampled(std::span<const float> values, std::uint32_t rate) {
  Resampler resampler(std::make_shared<const ResampleFilter>(8000, rate));
  std::vector<double> out;
  resampler.push(std::vector<double>(values.begin(), values.end()));
  resampler.finish();
  resampler.pull(out);
  return out;
}

// Calls see(window, samples) for every window, in order.
template <class See>
void read_all(SoundSource& source, See see) {
  SoundBlock block;
  for (std::uint64_t part = 0; part < source.parts; ++part) {
    REQUIRE(source.read(part, block));
    for (const TokenWindow& window : block.windows)
      see(window, std::span(block.samples).subspan(window.start - block.begin, window.length));
  }
}

}  // namespace

TEST_CASE("windows of all parts are those of the whole signal, at any rate") {
  const std::vector<float> values = noise(kSamples);
  for (const std::uint32_t rate : {8000U, 6000U, 11025U}) {
    const std::vector<double> whole = resampled(values, rate);
    for (const std::uint64_t stride : {700U, 1000U, 90'000U}) {
      CAPTURE(rate);
      CAPTURE(stride);
      SoundSource source(input(values), {.windows = {.length = 1000, .stride = stride}},
                         to_rate(rate));
      CHECK(source.total() == whole.size());
      CHECK(source.parts > (stride < 90'000 ? 2 : 1));
      std::uint64_t next = 0;
      read_all(source, [&](const TokenWindow& window, std::span<const double> samples) {
        REQUIRE(window.start == next);
        REQUIRE(std::equal(samples.begin(), samples.end(),
                           whole.begin() + static_cast<std::ptrdiff_t>(window.start)));
        next += stride;
      });
      CHECK(next + 1000 >= whole.size());
    }
  }
}

TEST_CASE("without windows a file is one sample") {
  const std::vector<float> values = noise(5000);
  SoundSource source(input(values), {}, keep_rate);
  CHECK(source.parts == 1);
  read_all(source, [&](const TokenWindow& window, std::span<const double> samples) {
    CHECK(window.length == values.size());
    CHECK(std::equal(samples.begin(), samples.end(), values.begin()));
  });
}

TEST_CASE("windows of frames come with the samples that they look at") {
  const std::vector<float> values = noise(kSamples);
  const std::vector<double> signal(values.begin(), values.end());
  const LogMel mel({.rate = 8000, .mels = 10, .window = 200, .hop = 80});
  const std::vector<float> whole = mel.compute(signal);
  SoundSource source(input(values), {.windows = {.length = 50, .stride = 40}, .mel = &mel},
                     keep_rate);
  CHECK(source.parts > 2);
  SoundBlock block;
  LogMel::Workspace workspace;
  std::uint64_t windows = 0;
  for (std::uint64_t part = 0; part < source.parts; ++part) {
    REQUIRE(source.read(part, block));
    for (const TokenWindow& window : block.windows) {
      std::vector<float> rows(window.length * 10);
      mel.compute({block.samples, block.begin, source.total()}, window.start, window.length,
                  rows.data(), workspace);
      REQUIRE(std::equal(rows.begin(), rows.end(),
                         whole.begin() + static_cast<std::ptrdiff_t>(window.start * 10)));
      ++windows;
    }
  }
  CHECK(windows == (mel.frames(kSamples) - 50 + 39) / 40 + 1);
}

TEST_CASE("parts that several threads ask for, the last one first, are handed out in turn") {
  const std::vector<float> values = noise(kSamples);
  SoundSource source(input(values), {.windows = {.length = 1000, .stride = 1000}}, keep_rate);
  std::vector<SoundBlock> blocks(source.parts);
  {
    std::vector<std::jthread> threads;
    for (std::uint64_t part = source.parts; part-- > 0;)
      threads.emplace_back([&, part] { source.read(part, blocks[part]); });
  }
  std::uint64_t next = 0;
  for (const SoundBlock& block : blocks) {
    for (const TokenWindow& window : block.windows) {
      CHECK(window.start == next);
      CHECK(block.samples[window.start - block.begin] == values[next]);
      next += 1000;
    }
  }
  CHECK(next == kSamples);
}

TEST_CASE(
    "damage far behind: found before the first sample is made, or by the part that meets it") {
  std::vector<float> values = noise(kSamples);
  values[kSamples - 10] = std::nanf("");
  const WindowOptions windows{.length = 1000, .stride = 1000};
  SoundBlock block;
  SoundSource careful(input(values), {.windows = windows, .twice = true}, keep_rate);
  CHECK(test::code_of([&] { careful.read(0, block); }) == ErrorCode::kCorrupt);
  CHECK(!careful.read(1, block));  // nothing more of a file that is refused

  SoundSource quick(input(values), {.windows = windows}, keep_rate);
  for (std::uint64_t part = 0; part + 1 < quick.parts; ++part) CHECK(quick.read(part, block));
  CHECK(test::code_of([&] { quick.read(quick.parts - 1, block); }) == ErrorCode::kCorrupt);
}

TEST_CASE("damage that no window holds is found, too") {
  std::vector<float> values = noise(1500);
  values.back() = std::nanf("");
  SoundBlock block;
  SoundSource source(input(values),
                     {.windows = {.length = 1000, .stride = 1000, .tail = Tail::kDrop}}, keep_rate);
  CHECK(source.left_out() == 500);
  CHECK(test::code_of([&] { source.read(0, block); }) == ErrorCode::kCorrupt);
}

TEST_CASE("what is wrong with a header, or with reading, comes with the first part") {
  SoundBlock block;
  SoundSource text(InputBytes(std::vector<std::byte>(100), FileStat{}), {}, keep_rate);
  CHECK(text.readable());
  CHECK(text.parts == 1);
  CHECK(test::code_of([&] { text.read(0, block); }) == ErrorCode::kUnsupportedFormat);
  const std::vector<float> values = noise(10);
  SoundSource channel(input(values), {.channel = 1}, keep_rate);
  CHECK(test::code_of([&] { channel.read(0, block); }) == ErrorCode::kUnsupportedFormat);
  SoundSource rate(input(values), {}, to_rate(8000 * 257));
  CHECK(test::code_of([&] { rate.read(0, block); }) == ErrorCode::kTooLarge);
  SoundSource missing(std::make_exception_ptr(Error(ErrorCode::kPermissionDenied, "no")));
  CHECK(!missing.readable());
  CHECK(test::code_of([&] { missing.read(0, block); }) == ErrorCode::kPermissionDenied);
}
