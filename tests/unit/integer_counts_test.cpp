// Small integers that are counted: the statistics are those of NumberFit.
#include "lib/stats/integer_counts.h"

#include <doctest/doctest.h>

#include <random>

#include "lib/stats/number_fit.h"

using namespace dsprep;

namespace {

const std::vector<double> kQuantiles = {0, 0.01, 0.25, 0.5, 0.75, 1};
constexpr std::size_t kBins = 7;

NumberStats fitted(DType dtype, Bytes values) {
  NumberFit fit({.dtype = dtype, .features = 1, .quantiles = kQuantiles, .bins = kBins, .jobs = 1});
  for (unsigned pass = 0; pass < fit.passes(); ++pass) {
    fit.add(0, values);
    fit.end_pass();
  }
  return fit.report().front();
}

void check_equal(const NumberStats& a, const NumberStats& b) {
  CHECK(a.count == b.count);
  CHECK(a.mean == doctest::Approx(b.mean).epsilon(1e-15));
  if (b.count > 1) CHECK(a.std == doctest::Approx(b.std).epsilon(1e-15));
  CHECK(a.min == b.min);
  CHECK(a.max == b.max);
  REQUIRE(a.quantiles.size() == b.quantiles.size());
  for (std::size_t i = 0; i < a.quantiles.size(); ++i)
    CHECK(a.quantiles[i].value == b.quantiles[i].value);
  REQUIRE(a.histogram.has_value() == b.histogram.has_value());
  if (!b.histogram) return;
  CHECK(a.histogram->min == b.histogram->min);
  CHECK(a.histogram->max == b.histogram->max);
  CHECK(a.histogram->counts == b.histogram->counts);
}

template <class T>
void check_type(DType dtype, std::int64_t least, std::int64_t greatest) {
  REQUIRE(IntegerCounts::suits(dtype));
  std::mt19937_64 random(3);
  for (const std::size_t size : {0U, 1U, 2U, 100U, 5001U}) {
    CAPTURE(size);
    std::vector<T> values;
    for (std::size_t i = 0; i < size; ++i) {
      const auto span = static_cast<std::uint64_t>(greatest - least) + 1;
      values.push_back(static_cast<T>(least + static_cast<std::int64_t>(random() % span)));
    }
    const Bytes bytes = std::as_bytes(std::span(values));
    IntegerCounts one(dtype), other(dtype);
    const std::size_t half = size / 2 * sizeof(T);
    one.add(bytes.first(half));
    other.add(bytes.subspan(half));
    one.merge(other);
    const auto counted = one.report(kQuantiles, kBins);
    REQUIRE(counted.has_value());
    check_equal(*counted, fitted(dtype, bytes));
  }
}

}  // namespace

TEST_CASE("counted integers have the statistics of NumberFit, in every type") {
  check_type<std::uint8_t>(DType::kUint8, 0, 255);
  check_type<std::int8_t>(DType::kInt8, -128, 127);
  check_type<std::uint16_t>(DType::kUint16, 0, 65535);
  check_type<std::int16_t>(DType::kInt16, -32768, 32767);
  check_type<std::int16_t>(DType::kInt16, -3, 2);
  check_type<std::uint32_t>(DType::kUint32, 0, 200'000);
}

TEST_CASE("an integer that is too large is not counted, and nobody gets numbers without it") {
  IntegerCounts counts(DType::kUint32);
  const std::vector<std::uint32_t> values = {5, 1U << 18, 7};
  counts.add(std::as_bytes(std::span(values)));
  counts.add(std::as_bytes(std::span(values).first(1)));
  CHECK(!counts.report({}, 0).has_value());
  IntegerCounts small(DType::kUint32);
  small.add(std::as_bytes(std::span(values).first(1)));
  CHECK(small.report({}, 0)->count == 1);
  small.merge(counts);
  CHECK(!small.report({}, 0).has_value());
}

TEST_CASE("other types are left to NumberFit") {
  for (const DType dtype : {DType::kBool, DType::kInt32, DType::kUint64, DType::kFloat16})
    CHECK(!IntegerCounts::suits(dtype));
}
