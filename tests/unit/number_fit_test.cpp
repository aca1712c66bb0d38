#include "lib/stats/number_fit.h"

#include <doctest/doctest.h>

#include <boost/multiprecision/cpp_bin_float.hpp>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>

#include "dsprep/error.h"
#include "lib/stats/quantiles.h"

using namespace dsprep;

namespace {

using Real = boost::multiprecision::cpp_bin_float_oct;  // 237 bits
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();
const std::vector<double> kQuantiles = {0, 0.01, 0.25, 0.5, 0.75, 0.9, 1};

// Sorting and two passes in 237 bits: another path to the same numbers.
NumberStats reference(std::vector<double> values) {
  NumberStats out;
  std::erase_if(values, [&](double value) {
    if (std::isnan(value)) ++out.missing;
    if (std::isinf(value)) ++out.infinite;
    return !std::isfinite(value);
  });
  out.count = values.size();
  if (values.empty()) return out;
  Real sum = 0, squares = 0;
  for (const double value : values) sum += value;
  const Real n = static_cast<double>(values.size());
  for (const double value : values) squares += (n * value - sum) * (n * value - sum);
  out.mean = static_cast<double>(Real(sum / n));
  out.std = values.size() == 1 ? kNan : static_cast<double>(Real(sqrt(squares / n / n / (n - 1))));
  std::ranges::sort(values);
  out.min = values.front();
  out.max = values.back();
  for (const double q : kQuantiles) {
    const QuantilePlace place = quantile_place(values.size(), q);
    out.quantiles.push_back(
        {q, interpolate(values[place.below], values[place.above], place.fraction)});
  }
  return out;
}

void check_equal(const NumberStats& got, const NumberStats& expected) {
  CHECK(got.count == expected.count);
  CHECK(got.missing == expected.missing);
  CHECK(got.infinite == expected.infinite);
  CHECK(got.mean == doctest::Approx(expected.mean).epsilon(1e-15));
  if (std::isnan(expected.std)) {
    CHECK(std::isnan(got.std));
  } else {
    CHECK(got.std == doctest::Approx(expected.std).epsilon(1e-15));
  }
  CHECK(got.min == expected.min);
  CHECK(got.max == expected.max);
  REQUIRE(got.quantiles.size() == expected.quantiles.size());
  for (std::size_t i = 0; i < got.quantiles.size(); ++i) {
    CAPTURE(got.quantiles[i].q);
    CHECK(got.quantiles[i].value == expected.quantiles[i].value);
  }
}

// Rows of `features` go to threads in pieces of `piece` rows.
template <class T>
std::vector<NumberStats> fit(DType dtype, const std::vector<T>& values, std::size_t features = 1,
                             unsigned jobs = 1, std::size_t piece = 1000, std::size_t bins = 0) {
  NumberFit fit(
      {.dtype = dtype, .features = features, .quantiles = kQuantiles, .bins = bins, .jobs = jobs});
  const Bytes bytes = std::as_bytes(std::span(values));
  const std::size_t step = piece * features * sizeof(T);
  for (unsigned pass = 0; pass < fit.passes(); ++pass) {
    unsigned worker = pass;
    for (std::size_t at = 0; at < bytes.size(); at += step)
      fit.add(worker++ % jobs, bytes.subspan(at, std::min(step, bytes.size() - at)));
    fit.end_pass();
  }
  return fit.report();
}

template <class T>
std::vector<double> as_doubles(const std::vector<T>& values) {
  return {values.begin(), values.end()};
}

template <class T>
std::vector<T> random_integers(std::uint64_t seed, std::size_t count, bool whole_range) {
  std::mt19937_64 random(seed);
  std::vector<T> values(count);
  for (T& value : values) value = static_cast<T>(whole_range ? random() : random() % 100 + 1000);
  return values;
}

template <class T>
void check_integers(DType dtype) {
  CAPTURE(dtype_name(dtype));
  for (const bool whole_range : {true, false}) {
    const auto values = random_integers<T>(7, 3001, whole_range);
    check_equal(fit(dtype, values).front(), reference(as_doubles(values)));
  }
}

template <class T>
std::vector<T> random_floats(int kind, std::size_t count) {
  std::mt19937_64 random(static_cast<std::uint64_t>(kind) + 1);
  std::normal_distribution<double> normal;
  std::vector<T> values(count);
  for (T& value : values) {
    const double x = normal(random);
    if (kind == 0) value = static_cast<T>(x);
    if (kind == 1) value = static_cast<T>(1e6 + x);
    if (kind == 2) value = static_cast<T>(std::ldexp(x, static_cast<int>(random() % 200) - 100));
    if (kind == 3) value = std::numeric_limits<T>::denorm_min() * static_cast<T>(random() % 50);
    if (kind == 4) value = static_cast<T>(static_cast<int>(random() % 3) - 1);
    if (kind == 5) value = random() % 4 == 0 ? static_cast<T>(kNan) : static_cast<T>(-x);
  }
  return values;
}

}  // namespace

TEST_CASE("integers of every dtype have the moments and quantiles of a sorted list") {
  check_integers<std::uint8_t>(DType::kUint8);
  check_integers<std::int8_t>(DType::kInt8);
  check_integers<std::uint16_t>(DType::kUint16);
  check_integers<std::int16_t>(DType::kInt16);
  check_integers<std::uint32_t>(DType::kUint32);
  check_integers<std::int32_t>(DType::kInt32);
  check_integers<std::int64_t>(DType::kInt64);
  check_integers<std::uint64_t>(DType::kUint64);
}

TEST_CASE("floats have the moments and quantiles of a sorted list, whatever their range") {
  for (int kind = 0; kind < 6; ++kind) {
    CAPTURE(kind);
    const auto narrow = random_floats<float>(kind, 4001);
    check_equal(fit(DType::kFloat32, narrow).front(), reference(as_doubles(narrow)));
    const auto wide = random_floats<double>(kind, 2001);
    check_equal(fit(DType::kFloat64, wide).front(), reference(wide));
  }
}

TEST_CASE("the greatest and the least floats do not overflow their sums") {
  const double most = std::numeric_limits<double>::max();
  const auto stats = fit(DType::kFloat64, std::vector<double>{most, most, -most, most}).front();
  CHECK(stats.mean == most / 2);
  CHECK(stats.max == most);
  const std::vector<double> cancel = {1e300, 1, -1e300, 1e-300, 3};
  CHECK(fit(DType::kFloat64, cancel).front().mean == doctest::Approx(0.8).epsilon(1e-15));
}

TEST_CASE("every finite half is one of its own") {
  std::vector<std::uint16_t> halves;
  std::vector<double> values;
  for (std::uint32_t bits = 0; bits < 65536; ++bits) {
    halves.push_back(static_cast<std::uint16_t>(bits));
    const int exponent = static_cast<int>(bits >> 10 & 31),
              mantissa = static_cast<int>(bits & 1023);
    double value =
        exponent == 0 ? std::ldexp(mantissa, -24) : std::ldexp(1024 + mantissa, exponent - 25);
    if (exponent == 31) value = mantissa == 0 ? kInfinity : kNan;
    values.push_back(bits >> 15 != 0 ? -value : value);
  }
  check_equal(fit(DType::kFloat16, halves).front(), reference(values));
  halves.resize(40000), values.resize(40000);
  check_equal(fit(DType::kFloat16, halves).front(), reference(values));
}

TEST_CASE("NaN and infinities are counted and left out, and a feature may have nothing else") {
  const auto nan = static_cast<float>(kNan), infinity = static_cast<float>(kInfinity);
  const std::vector<float> rows = {1, nan, 5, nan, infinity, -3, 3, nan, -infinity};
  const auto stats = fit(DType::kFloat32, rows, 3);
  check_equal(stats[0], reference({1, kNan, 3}));
  CHECK(stats[1].count == 0);
  CHECK(stats[1].missing == 2);
  CHECK(stats[1].infinite == 1);
  CHECK(stats[1].quantiles.empty());
  check_equal(stats[2], reference({5, -3, -kInfinity}));
  CHECK(std::isnan(fit(DType::kFloat32, std::vector<float>{7}).front().std));
}

TEST_CASE("features of many rows are told apart, for any threads, pieces and order") {
  constexpr std::size_t kFeatures = 37;
  std::vector<float> rows = random_floats<float>(2, 5000 * kFeatures);
  const auto expected = fit(DType::kFloat32, rows, kFeatures, 1, 5000, 10);
  for (const std::size_t i : {std::size_t{0}, std::size_t{17}, kFeatures - 1}) {
    std::vector<double> column;
    for (std::size_t row = 0; row < 5000; ++row) column.push_back(rows[row * kFeatures + i]);
    check_equal(expected[i], reference(column));
  }
  std::vector<float> reversed;
  for (std::size_t row = 5000; row-- > 0;)
    reversed.insert(reversed.end(), rows.begin() + static_cast<long>(row * kFeatures),
                    rows.begin() + static_cast<long>((row + 1) * kFeatures));
  for (const auto& other : {fit(DType::kFloat32, rows, kFeatures, 3, 7, 10),
                            fit(DType::kFloat32, reversed, kFeatures, 2, 999, 10)}) {
    for (std::size_t i = 0; i < kFeatures; ++i) {
      CHECK(other[i].mean == expected[i].mean);
      CHECK(other[i].std == expected[i].std);
      CHECK(other[i].quantile(0.25) == expected[i].quantile(0.25));
      CHECK(other[i].histogram->counts == expected[i].histogram->counts);
    }
  }
}

TEST_CASE("mean and deviation far from zero hold 1e-12 over more values than fit a fast bin") {
  // Σ and Σ² of n pairs 1e6 ± 1 are known: mean 1e6, variance 2n / (2n - 1).
  std::vector<float> pairs;
  for (int i = 0; i < 1'500'000; ++i) pairs.insert(pairs.end(), {999'999.0F, 1'000'001.0F});
  const auto stats = fit(DType::kFloat32, pairs, 1, 2, 100'000).front();
  CHECK(stats.mean == 1e6);
  CHECK(stats.std == doctest::Approx(std::sqrt(3e6 / (3e6 - 1))).epsilon(1e-15));
}

TEST_CASE("a histogram counts every finite value once, into numpy's bins") {
  const std::vector<double> values = {0, 0.1, 0.2, 0.3, 0.30000000000000004, 0.7, 1, kNan};
  const auto stats = fit(DType::kFloat64, values, 1, 1, 3, 10).front();
  CHECK(stats.histogram->counts == std::vector<std::uint64_t>{1, 1, 2, 1, 0, 0, 1, 0, 0, 1});
  CHECK(stats.histogram->min == 0);
  CHECK(stats.histogram->max == 1);
  const auto same = fit(DType::kFloat64, std::vector<double>{4, 4}, 1, 1, 1, 4).front();
  CHECK(same.histogram->min == 3.5);
  CHECK(same.histogram->counts == std::vector<std::uint64_t>{0, 0, 2, 0});
  // Too wide and too narrow for the width of a bin, or its inverse, to be a double.
  constexpr double kMost = std::numeric_limits<double>::max();
  const std::vector<double> wide = {kMost, -kMost, 1.7e308, 1.7e308, 1e300, 0};
  CHECK(fit(DType::kFloat64, wide, 1, 1, 2, 4).front().histogram->counts ==
        std::vector<std::uint64_t>{1, 0, 2, 3});
  const std::vector<double> narrow = {5e-324, 1e-323, 2.2e-308, -5e-324, 0, 1e-310};
  CHECK(fit(DType::kFloat64, narrow, 1, 1, 2, 4).front().histogram->counts ==
        std::vector<std::uint64_t>{5, 0, 0, 1});
}
