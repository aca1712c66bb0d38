#include "lib/gpu/float_bits.h"

#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <initializer_list>
#include <limits>

#include "dsprep/draw.h"

using namespace dsprep;

namespace {

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
