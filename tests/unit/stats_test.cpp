#include "dsprep/stats.h"

#include <doctest/doctest.h>

#include <cmath>
#include <random>

#include "dsprep/error.h"
#include "formats/common/sealed_json.h"
#include "lib/stats/accumulator.h"
#include "lib/stats/moments.h"
#include "support/scratch.h"
#include "support/small_dataset.h"

using namespace dsprep;
using namespace dsprep::test;

namespace {

// The textbook's two passes over exact 128-bit integers, as another path to the same numbers.
NumberStats reference(const std::vector<std::int64_t>& values) {
  NumberStats out{.count = values.size()};
  SignedWide sum = 0;
  for (const std::int64_t value : values) sum += value;
  const auto n = static_cast<SignedWide>(values.size());
  SignedWide squares = 0;  // Σ(n·x − Σx)², which is n²·Σ(x − mean)²
  for (const std::int64_t value : values) squares += (n * value - sum) * (n * value - sum);
  const auto count = static_cast<long double>(n);
  out.mean = static_cast<double>(static_cast<long double>(sum) / count);
  out.std = static_cast<double>(
      std::sqrt(static_cast<long double>(squares) / count / count / (count - 1)));
  out.min = static_cast<double>(*std::ranges::min_element(values));
  out.max = static_cast<double>(*std::ranges::max_element(values));
  return out;
}

void check_equal(const NumberStats& got, const NumberStats& expected) {
  CHECK(got.count == expected.count);
  CHECK(got.min == expected.min);
  CHECK(got.max == expected.max);
  CHECK(got.mean == expected.mean);
  CHECK(got.std == doctest::Approx(expected.std).epsilon(1e-15));
}

NumberStats numbers_of(const Moments& moments) {
  return {.count = moments.count(),
          .mean = moments.mean(),
          .std = moments.standard_deviation(),
          .min = static_cast<double>(moments.min()),
          .max = static_cast<double>(moments.max())};
}

template <class Action>
ErrorCode code_of(Action action) {
  try {
    action();
  } catch (const Error& error) {
    return error.code();
  }
  return ErrorCode::kInternal;
}

// Every pixel of channel `c` of the train split's pictures.
std::vector<std::int64_t> pixels_of_train(std::size_t c) {
  std::vector<std::int64_t> values;
  for (std::uint64_t number = 0; number < 10; ++number) {
    const Image image = small_image(number);
    for (std::size_t i = c; i < image.pixels.size(); i += 3) values.push_back(image.pixels[i]);
  }
  return values;
}

}  // namespace

TEST_CASE(
    "moments of random integers are those of two passes, added in any order and merged in any "
    "grouping") {
  std::mt19937_64 random(7);
  for (const std::int64_t range : {std::int64_t{1}, std::int64_t{255}, std::int64_t{1} << 20}) {
    std::vector<std::int64_t> values(1000);
    for (auto& value : values)
      value = static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(2 * range)) - range;
    Moments whole, reversed, left, right;
    for (const auto value : values) whole.add(value);
    for (std::size_t i = values.size(); i-- > 0;) reversed.add(values[i]);
    for (std::size_t i = 0; i < values.size(); ++i) (i % 3 == 0 ? left : right).add(values[i]);
    right.merge(left);
    check_equal(numbers_of(whole), reference(values));
    for (const Moments& other : {reversed, right}) {
      CHECK(numbers_of(other).mean == numbers_of(whole).mean);
      CHECK(numbers_of(other).std == numbers_of(whole).std);
    }
  }
}

TEST_CASE("moments do not lose what doubles and 128 bits lose") {
  Moments far;  // 1e15 ± 1: the naive formula in doubles gives nonsense
  for (int i = 0; i < 1000; ++i) far.add(1'000'000'000'000'000 + (i % 2));
  CHECK(far.mean() == 1'000'000'000'000'000.5);
  CHECK(far.standard_deviation() == doctest::Approx(0.5 * std::sqrt(1000.0 / 999)).epsilon(1e-15));

  Moments extremes;  // Σx² passes 128 bits
  const std::int64_t low = std::numeric_limits<std::int64_t>::min();
  extremes.add(low, 1000), extremes.add(std::numeric_limits<std::int64_t>::max(), 1000);
  CHECK(extremes.mean() == -0.5);
  CHECK(extremes.standard_deviation() ==
        doctest::Approx(std::ldexp(1.0, 63) * std::sqrt(2000.0 / 1999)).epsilon(1e-15));
  CHECK(extremes.min() == low);

  Moments one;
  one.add(5);
  CHECK(std::isnan(one.standard_deviation()));
}

TEST_CASE("moments with repetitions are moments of the repeated") {
  Moments once, repeated;
  for (int i = 0; i < 1'000'00; ++i) once.add(-77);
  once.add(3);
  repeated.add(3), repeated.add(-77, 1'000'00);
  CHECK(numbers_of(once).mean == numbers_of(repeated).mean);
  CHECK(numbers_of(once).std == numbers_of(repeated).std);
}

TEST_CASE(
    "statistics of a dataset's pictures are exact per pixel, and equal for any number of threads") {
  const Scratch scratch;
  make_small_dataset(scratch.path(), Container::kWds, {{"train", {4, 0, 5, 1}}, {"val", {100}}});
  const Dataset train = Dataset::open(scratch.path(), "train");
  const FieldStats stats = fit_stats(train, "image");
  CHECK(stats.per == StatsPer::kPixel);
  CHECK(stats.samples == 10);
  CHECK(!stats.leak);
  REQUIRE(stats.channels.size() == 3);
  for (std::size_t c = 0; c < 3; ++c)
    check_equal(stats.channels[c].numbers, reference(pixels_of_train(c)));
  for (const unsigned jobs : {2U, 5U})
    CHECK(stats_to_json(fit_stats(train, "image", {.jobs = jobs})) == stats_to_json(stats));
  const FieldStats lean = fit_stats(train, "image", {.quantiles = {}, .jobs = 2});
  for (std::size_t c = 0; c < 3; ++c)
    check_equal(lean.channels[c].numbers, reference(pixels_of_train(c)));
}

TEST_CASE("statistics per image weigh each image the same") {
  const Scratch scratch;
  make_small_dataset(scratch.path(), Container::kMemmap);
  const FieldStats stats = fit_stats(Dataset::open(scratch.path(), "train"), "image",
                                     {.per = StatsPer::kImage, .jobs = 3});
  for (std::size_t c = 0; c < 3; ++c) {
    double mean = 0, squares = 0;  // Welford
    for (std::uint64_t number = 0; number < 10; ++number) {
      const Image image = small_image(number);
      double sum = 0;
      for (std::size_t i = c; i < image.pixels.size(); i += 3) sum += image.pixels[i];
      const double value = sum / (image.width * image.height);
      const double delta = value - mean;
      mean += delta / static_cast<double>(number + 1);
      squares += delta * (value - mean);
    }
    CHECK(stats.channels[c].numbers.count == 10);
    CHECK(stats.channels[c].numbers.mean == doctest::Approx(mean).epsilon(1e-9));
    CHECK(stats.channels[c].numbers.std == doctest::Approx(std::sqrt(squares / 9)).epsilon(1e-9));
  }
}

TEST_CASE("labels are counted, and tokens have lengths and ids") {
  const Scratch scratch;
  make_small_dataset(scratch.path(), Container::kLmdb);
  const Dataset train = Dataset::open(scratch.path(), "train");
  CHECK(fit_stats(train, "label", {.jobs = 2}).labels ==
        std::map<std::int64_t, std::uint64_t>{{0, 5}, {1, 5}});
  std::vector<std::int64_t> tokens, lengths;
  for (std::uint64_t number = 0; number < 10; ++number) {
    const SmallSample sample = small_sample("train", number);
    tokens.insert(tokens.end(), sample.tokens.begin(), sample.tokens.end());
    lengths.push_back(static_cast<std::int64_t>(sample.tokens.size()));
  }
  const FieldStats stats = fit_stats(train, "tokens", {.jobs = 2});
  check_equal(stats.values.value(), reference(tokens));
  check_equal(stats.lengths.value(), reference(lengths));
}

TEST_CASE("raw pictures are counted as they are, with histograms and without") {
  const std::uint8_t pixels[] = {1, 2, 3, 250, 251, 252};
  const Field raw{"image", DType::kUint8, {-1, -1, 3}, Encoding::kArray};
  for (const bool histograms : {true, false}) {
    FieldStats stats;
    StatsOptions options;
    if (!histograms) options.quantiles.clear();
    const auto pictures = make_accumulator(raw, StatsPer::kPixel, options);
    pictures->add(
        {"image", DType::kUint8, {1, 2, 3}, Encoding::kArray, std::as_bytes(std::span(pixels))});
    pictures->report(stats);
    REQUIRE(stats.channels.size() == 3);
    CHECK(stats.channels[2].numbers.min == 3);
    CHECK(stats.channels[2].numbers.max == 252);
    CHECK(stats.channels[2].numbers.mean == 127.5);
  }
}

TEST_CASE("what statistics cannot be, is refused by class") {
  const Scratch scratch;
  make_small_dataset(scratch.path(), Container::kWds,
                     {{"train", {4}}, {"val", {3}}, {"test", {0}}});
  const Dataset train = Dataset::open(scratch.path(), "train");
  const Dataset val = Dataset::open(scratch.path(), "val");
  const Dataset test = Dataset::open(scratch.path(), "test");
  CHECK(code_of([&] { fit_stats(train, "none"); }) == ErrorCode::kNotFound);
  CHECK(code_of([&] { fit_stats(train, "tokens", {.per = StatsPer::kPixel}); }) ==
        ErrorCode::kUsage);
  CHECK(code_of([&] { fit_stats(train, "image", {.per = StatsPer::kValue}); }) ==
        ErrorCode::kUsage);
  CHECK(code_of([&] { fit_stats(val, "label"); }) == ErrorCode::kUsage);
  CHECK(code_of([&] { fit_stats(test, "label", {.allow_leak = true}); }) == ErrorCode::kUsage);
  CHECK(code_of([&] { fit_stats(train, "tokens", {.per = StatsPer::kFeature}); }) ==
        ErrorCode::kUsage);
  CHECK(code_of([&] { fit_stats(train, "tokens", {.per = StatsPer::kCategory}); }) ==
        ErrorCode::kUsage);
  CHECK(code_of([&] { fit_stats(train, "label", {.quantiles = {1.5}}); }) == ErrorCode::kUsage);
  CHECK(fit_stats(val, "label", {.allow_leak = true}).leak);
}

TEST_CASE(
    "stats.json keeps other fields of the same dataset, forgets another's, and is written anew "
    "when damaged") {
  const Scratch scratch;
  const auto path = scratch / "stats.json";
  const auto fields = [&] {
    std::vector<std::string> names;
    const nlohmann::json stats = read_sealed(path);
    for (const auto& entry : stats["fields"].items()) names.push_back(entry.key());
    return names;
  };
  FieldStats a, b, other;
  a.field = "a", b.field = "b", other.field = "c";
  other.dataset = {1, 1};
  save_stats(scratch.path(), std::span(&a, 1));
  const std::string first = slurp(path);
  save_stats(scratch.path(), std::span(&b, 1));
  CHECK(fields() == std::vector<std::string>{"a", "b"});
  save_stats(scratch.path(), std::span(&other, 1));
  CHECK(fields() == std::vector<std::string>{"c"});
  std::string damaged = slurp(path);
  damaged[damaged.size() / 2] = static_cast<char>(damaged[damaged.size() / 2] ^ 1);
  spill(path, damaged);
  save_stats(scratch.path(), std::span(&a, 1));
  CHECK(slurp(path) == first);
}
