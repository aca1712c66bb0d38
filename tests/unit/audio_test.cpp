// Sound: roots of unity, transforms, other rates, spectrograms.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <random>

#include "dsprep/error.h"
#include "dsprep/log_mel.h"
#include "dsprep/resampler.h"
#include "lib/audio/real_fft.h"
#include "lib/audio/unit_root.h"
#include "lib/data/simd.h"
#include "support/errors.h"

using namespace dsprep;

namespace {

constexpr long double kPi = 3.14159265358979323846264338327950288L;

std::vector<double> noise(std::size_t size, std::uint32_t seed = 1) {
  std::mt19937_64 random(seed);
  std::vector<double> values(size);
  for (double& value : values)
    value = static_cast<double>(static_cast<std::int64_t>(random())) / 9.3e18;
  return values;
}

std::vector<double> resampled(const std::vector<double>& in, std::uint32_t from, std::uint32_t to,
                              std::size_t piece) {
  Resampler resampler(std::make_shared<const ResampleFilter>(from, to));
  std::vector<double> out;
  for (std::size_t at = 0; at < in.size(); at += piece) {
    resampler.push(std::span(in).subspan(at, std::min(piece, in.size() - at)));
    resampler.pull(out);
  }
  resampler.finish();
  resampler.pull(out);
  return out;
}

}  // namespace

TEST_CASE("roots of unity are right to the last bits, in every eighth of the circle") {
  for (const std::int64_t n : {1, 2, 3, 4, 7, 8, 60, 400, 12345}) {
    for (std::int64_t k = -n; k <= 2 * n; ++k) {
      const Complex root = unit_root(k, n);
      const long double angle = 2 * kPi * static_cast<long double>(k) / static_cast<long double>(n);
      REQUIRE(std::abs(root.re - static_cast<double>(std::cos(angle))) < 4e-16);
      REQUIRE(std::abs(root.im - static_cast<double>(std::sin(angle))) < 4e-16);
    }
  }
  CHECK(unit_root(1, 4).re == 0);
  CHECK(unit_root(1, 2).re == -1);
}

TEST_CASE("the transform of any length is that of the definition") {
  RealFft::Workspace workspace;
  for (const std::size_t size : {1u, 2u, 3u, 4u, 5u, 6u, 8u, 9u, 15u, 16u, 30u, 49u, 64u, 97u, 120u, 194u, 400u, 401u, 512u}) {
    CAPTURE(size);
    const std::vector<double> signal = noise(size);
    const RealFft fft(size);
    std::vector<double> power(fft.bins());
    fft.power(signal, power, workspace);
    for (std::size_t k = 0; k < fft.bins(); ++k) {
      std::complex<long double> sum = 0;
      for (std::size_t j = 0; j < size; ++j)
        sum += static_cast<long double>(signal[j]) *
               std::polar(1.0L, -2 * kPi * static_cast<long double>(j * k % size) /
                                    static_cast<long double>(size));
      REQUIRE(power[k] == doctest::Approx(static_cast<double>(std::norm(sum))).epsilon(1e-12));
    }
  }
}

TEST_CASE("another rate: the same bits for any pieces and any vectors of the machine") {
  const std::vector<double> in = noise(3000);
  const std::pair<std::uint32_t, std::uint32_t> kRates[] = {
      {44100, 16000}, {16000, 44100}, {8000, 16000}, {48000, 16000}, {44101, 16000}, {8000, 8000}};
  for (const auto& [from, to] : kRates) {
    CAPTURE(from);
    CAPTURE(to);
    const std::vector<double> whole = resampled(in, from, to, in.size());
    CHECK(whole.size() == (in.size() * to + from - 1) / from);
    for (const std::size_t piece : {1u, 7u, 1000u}) CHECK(resampled(in, from, to, piece) == whole);
    simd_limit() = Simd::kBase;
    CHECK(resampled(in, from, to, in.size()) == whole);
    simd_limit() = Simd::kAvx512;
  }
  CHECK(resampled(in, 8000, 8000, 100) == in);
}

TEST_CASE("another rate keeps a constant, and a signal without samples has none") {
  const std::vector<double> ones(4000, 1.0);
  const std::vector<double> out = resampled(ones, 44100, 16000, 500);
  for (std::size_t i = 200; i + 200 < out.size(); ++i) REQUIRE(std::abs(out[i] - 1.0) < 1e-14);
  CHECK(resampled({}, 44100, 16000, 1).empty());
  CHECK(resampled({0.5}, 100, 200, 1).size() == 2);
}

TEST_CASE("a sine keeps its height and its place below 0.88 of the lower rate's half; above it is gone") {
  const std::pair<std::uint32_t, std::uint32_t> kRates[] = {
      {44100, 16000}, {16000, 44100}, {48000, 16000}, {16000, 22050}};
  for (const auto& [from, to] : kRates) {
    CAPTURE(from);
    CAPTURE(to);
    const double half = std::min(from, to) / 2.0;
    const auto sine = [](double hertz, std::uint32_t rate, double at) {
      return std::sin(2 * static_cast<double>(kPi) * hertz * at / rate);
    };
    for (const double share : {0.01, 0.5, 0.87, 1.05, 1.3}) {
      const double hertz = share * half;
      if (hertz * 2 >= from) continue;  // not in the input
      std::vector<double> in;
      for (int i = 0; i < 8000; ++i) in.push_back(sine(hertz, from, i));
      const std::vector<double> out = resampled(in, from, to, 1000);
      const std::size_t rim = 300;  // the signal begins and ends there
      for (std::size_t j = rim; j + rim < out.size(); ++j) {
        const double expected = share < 0.88 ? sine(hertz, to, static_cast<double>(j)) : 0;
        REQUIRE(std::abs(out[j] - expected) < 1e-5);
      }
    }
  }
}

TEST_CASE("rates that make no sense are refused") {
  CHECK(test::code_of([] { ResampleFilter(0, 16000); }) == ErrorCode::kUsage);
  CHECK(test::code_of([] { ResampleFilter(1, 16000); }) == ErrorCode::kTooLarge);
  CHECK(test::code_of([] { ResampleFilter(16000 * 257, 16000); }) == ErrorCode::kTooLarge);
}

TEST_CASE("frames: how many there are, and which samples they look at") {
  struct Case {
    MelPad pad;
    std::uint64_t samples, frames;
  };
  for (const Case& c : {Case{MelPad::kZero, 0, 0}, Case{MelPad::kZero, 1, 1},
                        Case{MelPad::kZero, 160, 2}, Case{MelPad::kZero, 16000, 101},
                        Case{MelPad::kReflect, 200, 0}, Case{MelPad::kReflect, 201, 2},
                        Case{MelPad::kNone, 399, 0}, Case{MelPad::kNone, 400, 1},
                        Case{MelPad::kNone, 559, 1}, Case{MelPad::kNone, 560, 2}}) {
    CAPTURE(c.samples);
    const LogMel mel({.rate = 16000, .mels = 20, .pad = c.pad});
    CHECK(mel.frames(c.samples) == c.frames);
    CHECK(mel.compute(noise(c.samples)).size() == c.frames * 20);
  }
}

TEST_CASE("a run of frames needs no more than the samples that are asked for, and begins later and later") {
  const std::vector<double> signal = noise(5000);
  for (const MelPad pad : {MelPad::kZero, MelPad::kReflect, MelPad::kNone}) {
    for (const std::uint32_t hop : {7u, 160u, 1000u}) {
      const LogMel mel({.rate = 16000, .mels = 20, .window = 300, .hop = hop, .fft = 512, .pad = pad});
      const std::vector<float> whole = mel.compute(signal);
      const std::uint64_t frames = mel.frames(signal.size());
      std::uint64_t before = 0;
      LogMel::Workspace workspace;
      for (std::uint64_t first = 0; first < frames; ++first) {
        const std::uint64_t count = std::min<std::uint64_t>(3, frames - first);
        const SampleRange range = mel.samples_of(first, count, signal.size());
        REQUIRE(range.begin >= before);
        before = range.begin;
        std::vector<float> out(count * 20);
        const auto part = std::span(signal).subspan(range.begin, range.end - range.begin);
        mel.compute({part, range.begin, signal.size()}, first, count, out.data(), workspace);
        REQUIRE(std::equal(out.begin(), out.end(), whole.begin() + static_cast<std::ptrdiff_t>(first * 20)));
      }
    }
  }
}

// The header's definition, term by term.
std::vector<double> defined(const MelOptions& given, const std::vector<double>& signal,
                            const std::vector<double>& filters, std::size_t frame) {
  const MelOptions o = given.resolved();
  const auto total = static_cast<std::int64_t>(signal.size());
  const auto sample = [&](std::int64_t at) {
    if (o.pad == MelPad::kReflect && at < 0) at = -at;
    if (o.pad == MelPad::kReflect && at >= total) at = 2 * (total - 1) - at;
    return at < 0 || at >= total ? 0.0 : signal[static_cast<std::size_t>(at)];
  };
  const std::int64_t lead = o.pad == MelPad::kNone ? 0 : o.fft / 2;
  const std::uint32_t left = (o.fft - o.window) / 2;
  std::vector<double> power;
  for (std::uint32_t k = 0; k <= o.fft / 2; ++k) {
    std::complex<long double> sum = 0;
    for (std::uint32_t j = left; j < left + o.window; ++j) {
      const long double hann = (1 - std::cos(2 * kPi * (j - left) / o.window)) / 2;
      const std::int64_t at = static_cast<std::int64_t>(frame * o.hop + j) - lead;
      sum += hann * sample(at) * std::polar(1.0L, -2 * kPi * (j * k % o.fft) / o.fft);
    }
    power.push_back(static_cast<double>(std::norm(sum)));
  }
  std::vector<double> bands;
  for (std::uint32_t m = 0; m < o.mels; ++m) {
    double sum = 0;
    for (std::size_t k = 0; k < power.size(); ++k) sum += filters[m * power.size() + k] * power[k];
    bands.push_back(sum);
  }
  return bands;
}

TEST_CASE("every frame is what the definition says") {
  const std::vector<double> signal = noise(1000);
  for (const MelPad pad : {MelPad::kZero, MelPad::kReflect, MelPad::kNone}) {
    for (const std::uint32_t fft : {200u, 256u}) {
      CAPTURE(fft);
      const MelOptions options{.rate = 8000, .mels = 12, .window = 200, .hop = 90, .fft = fft,
                               .pad = pad, .log = MelLog::kNone};
      const LogMel mel(options);
      const std::vector<float> rows = mel.compute(signal);
      const std::vector<double> filters = mel.filters();
      for (std::size_t t = 0; t < mel.frames(signal.size()); ++t) {
        const std::vector<double> expected = defined(options, signal, filters, t);
        for (std::size_t m = 0; m < 12; ++m)
          REQUIRE(rows[t * 12 + m] == doctest::Approx(expected[m]).epsilon(1e-6));
      }
    }
  }
}

TEST_CASE("logarithms are those of the power") {
  const std::vector<double> signal = noise(2000);
  const auto rows = [&](MelLog log) {
    return LogMel({.rate = 8000, .mels = 12, .log = log}).compute(signal);
  };
  const std::vector<float> power = rows(MelLog::kNone), ln = rows(MelLog::kLn),
                           log10 = rows(MelLog::kLog10), decibel = rows(MelLog::kDecibel);
  for (std::size_t i = 0; i < power.size(); ++i) {
    REQUIRE(ln[i] == doctest::Approx(std::log(power[i])).epsilon(1e-6));
    REQUIRE(log10[i] == doctest::Approx(std::log10(power[i])).epsilon(1e-6));
    REQUIRE(decibel[i] == doctest::Approx(10 * std::log10(power[i])).epsilon(1e-6));
  }
}

TEST_CASE("bands: neighbours of height 1 add up to 1; those of area 1 have it; all lie within their limits") {
  const std::uint32_t bins = 2049;
  for (const MelScale scale : {MelScale::kSlaney, MelScale::kHtk}) {
    MelOptions options{.rate = 16000, .mels = 20, .window = 4096, .fft = 4096, .scale = scale,
                       .norm = MelNorm::kNone, .low_hz = 300, .high_hz = 6000};
    const std::vector<double> high = LogMel(options).filters();
    options.norm = MelNorm::kSlaney;
    const std::vector<double> wide = LogMel(options).filters();
    const double width = 16000.0 / 4096;  // of a bin
    std::vector<double> sums(bins);
    for (std::uint32_t m = 0; m < 20; ++m) {
      double area = 0;
      for (std::uint32_t k = 0; k < bins; ++k) {
        const double weight = high[m * bins + k];
        REQUIRE(weight >= 0);
        if (k * width < 300 || k * width > 6000) REQUIRE(weight == 0);
        sums[k] += weight;
        area += wide[m * bins + k] * width;
      }
      REQUIRE(area == doctest::Approx(1).epsilon(0.02));
    }
    // between the tops of the first and the last band
    const auto top = [&](std::uint32_t m) {
      const auto row = high.begin() + m * bins;
      return std::max_element(row, row + bins) - row;
    };
    for (auto k = top(0) + 1; k < top(19); ++k)
      REQUIRE(sums[static_cast<std::size_t>(k)] == doctest::Approx(1).epsilon(1e-9));
  }
}

TEST_CASE("a sine lights the band that holds it; silence is the floor") {
  const LogMel mel({.rate = 16000, .mels = 40, .scale = MelScale::kHtk, .norm = MelNorm::kNone});
  std::vector<double> sine;
  for (int i = 0; i < 16000; ++i) sine.push_back(std::sin(2 * std::acos(-1.0) * 1000 * i / 16000));
  const std::vector<float> frames = mel.compute(sine);
  const auto row = frames.begin() + 50 * 40;
  const auto band = std::max_element(row, row + 40) - row;
  const double step = 2595 * std::log10(1 + 8000 / 700.0) / 41;
  CHECK(std::abs(2595 * std::log10(1 + 1000 / 700.0) / step - 1 - static_cast<double>(band)) < 1);
  for (const float value : mel.compute(std::vector<double>(1000, 0.0)))
    REQUIRE(value == mel.silence());
  CHECK(mel.silence() == static_cast<float>(std::log(1e-10)));
  CHECK(LogMel({.rate = 16000, .log = MelLog::kDecibel}).silence() == -100.0F);
}

TEST_CASE("signals that are no numbers give no numbers, and come back") {
  const LogMel mel({.rate = 16000, .mels = 20});
  for (const double value : {std::nan(""), HUGE_VAL, 1e200}) {
    const std::vector<float> frames = mel.compute(std::vector<double>(500, value));
    CHECK(!std::isfinite(frames[0]));
  }
}

TEST_CASE("spectrograms that make no sense are refused") {
  const auto code = [](const MelOptions& options) {
    return test::code_of([&] { LogMel{options}; });
  };
  CHECK(code({.rate = 0}) == ErrorCode::kUsage);
  CHECK(code({.rate = 16000, .mels = 0}) == ErrorCode::kUsage);
  CHECK(code({.rate = 16000, .window = 400, .fft = 256}) == ErrorCode::kUsage);
  CHECK(code({.rate = 16000, .window = 1 << 17}) == ErrorCode::kUsage);
  CHECK(code({.rate = 16000, .high_hz = 8001}) == ErrorCode::kUsage);
  CHECK(code({.rate = 16000, .low_hz = 9000}) == ErrorCode::kUsage);
  CHECK(code({.rate = 16000, .floor = 0}) == ErrorCode::kUsage);
  CHECK(code({.rate = 16000, .floor = std::nan("")}) == ErrorCode::kUsage);
  CHECK(code({.rate = 16000, .mels = 300}) == ErrorCode::kUsage);  // bands between two bins
}
