// Small integers that are counted: the statistics are those of NumberFit.
#include "lib/stats/integer_counts.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <random>

#include "lib/data/simd.h"
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
  CHECK(a.mean == b.mean);
  if (b.count != 1) CHECK(a.std == b.std);
  CHECK(std::isnan(a.std) == std::isnan(b.std));
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

TEST_CASE("sound of 16 bits is counted, and has the bits of NumberFit") {
  std::mt19937_64 random(5);
  for (const std::size_t size : {0U, 1U, 2U, 1023U, 1025U, 70'000U}) {
    CAPTURE(size);
    std::vector<float> values = {-0.0F, 0.0F, -1.0F, 32767.0F / 32768};
    for (std::size_t i = 0; i < size; ++i) {
      const auto loud = static_cast<int>(random() % (i % 2 == 0 ? 65536 : 100));
      values.push_back(static_cast<float>(loud - (i % 2 == 0 ? 32768 : 50)) / 32768);
    }
    const Bytes bytes = std::as_bytes(std::span(values));
    for (const Simd simd : {Simd::kBase, Simd::kAvx2, Simd::kAvx512}) {
      simd_limit() = simd;
      IntegerCounts counts(DType::kFloat32);
      counts.add(bytes.first(bytes.size() / 8 * 4));
      counts.add(bytes.subspan(bytes.size() / 8 * 4));
      const auto counted = counts.report(kQuantiles, kBins);
      REQUIRE(counted.has_value());
      check_equal(*counted, fitted(DType::kFloat32, bytes));
    }
  }
}

TEST_CASE("a float that is no sample of 16 bits is not counted, whatever it is and wherever") {
  using Limits = std::numeric_limits<float>;
  for (const float other :
       {1.0F, -1.0F - 1.0F / 32768, 0.5F / 32768, -1.5F / 32768, 1e-30F, Limits::denorm_min(),
        2.0F, 127.0F, 128.0F, -256.0F, 384.0F, -384.0F, 1e9F, -1e9F, 3e38F, Limits::infinity(),
        -Limits::infinity(), Limits::quiet_NaN(), std::nextafter(0.25F, 1.0F)}) {
    CAPTURE(other);
    for (const std::size_t place : {0U, 1U, 1023U, 1024U, 2999U}) {
      std::vector<float> values(3000, 0.25F);
      values[place] = other;
      for (const Simd simd : {Simd::kBase, Simd::kAvx2, Simd::kAvx512}) {
        simd_limit() = simd;
        IntegerCounts counts(DType::kFloat32);
        counts.add(std::as_bytes(std::span(values)));
        CHECK(counts.beyond());
        CHECK(!counts.report({}, 0).has_value());
      }
    }
  }
}

TEST_CASE("counts that are saved and loaded again add up; damaged ones are refused") {
  std::vector<std::uint32_t> values(5000);
  std::mt19937 random(1);
  for (std::uint32_t& value : values) value = static_cast<std::uint32_t>(random() % 100'000);
  const Bytes bytes = std::as_bytes(std::span(values));
  IntegerCounts first(DType::kUint32), second(DType::kUint32), both(DType::kUint32);
  first.add(bytes.first(8000));
  second.add(bytes.subspan(8000));
  std::vector<std::byte> saved(3);
  first.save(saved);
  const std::size_t border = saved.size();
  second.save(saved);
  const Bytes in = saved;
  CHECK(both.load(in.subspan(3)) == border - 3);
  CHECK(both.load(in.subspan(border)) == saved.size() - border);
  check_equal(*both.report(kQuantiles, kBins), fitted(DType::kUint32, bytes));
  for (const std::size_t size : {std::size_t{0}, std::size_t{7}, border - 4})
    CHECK(!IntegerCounts(DType::kUint32).load(in.subspan(3, size)).has_value());
  CHECK(!IntegerCounts(DType::kUint8).load(in.subspan(3)).has_value());
  IntegerCounts nothing(DType::kUint32);
  std::vector<std::byte> empty;
  nothing.save(empty);
  CHECK(nothing.load(empty) == 8);
  CHECK(nothing.report({}, 0)->count == 0);
}

TEST_CASE("other types are left to NumberFit") {
  for (const DType dtype : {DType::kBool, DType::kInt32, DType::kUint64, DType::kFloat16})
    CHECK(!IntegerCounts::suits(dtype));
}
