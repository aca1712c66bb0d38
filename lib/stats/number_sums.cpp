#include "lib/stats/number_sums.h"

#include <boost/multiprecision/cpp_int.hpp>
#include <cmath>
#include <limits>

namespace dsprep {
namespace {

using Big = boost::multiprecision::cpp_int;

Big big(Wide value) {
  Big out = static_cast<std::uint64_t>(value >> 64);
  out <<= 64;
  return out + static_cast<std::uint64_t>(value);
}

// What the numbers of one bin have in common: x = ±(base + low) · 2^shift, in steps of the dtype's
// smallest. `mirrored`: low counts down, as the keys of negative floats do.
struct BinForm {
  bool negative = false;
  bool mirrored = false;
  Big base;
  unsigned shift = 0;
};

BinForm float_form(const NumberLayout& layout, std::uint64_t digit) {
  const std::uint64_t sign = std::uint64_t{1} << (layout.first_bits() - 1);
  BinForm form;
  form.negative = form.mirrored = (digit & sign) == 0;
  const std::uint64_t bits = (form.negative ? ~digit : digit) & (sign - 1);
  const unsigned mantissa_bits = layout.mantissa - layout.low_bits();  // those inside of the digit
  const std::uint64_t exponent = bits >> mantissa_bits;
  std::uint64_t mantissa = bits & ((std::uint64_t{1} << mantissa_bits) - 1);
  if (exponent != 0) mantissa |= std::uint64_t{1} << mantissa_bits;
  form.base = mantissa;
  form.base <<= layout.low_bits();
  form.shift = exponent == 0 ? 0 : static_cast<unsigned>(exponent - 1);
  return form;
}

BinForm integer_form(const NumberLayout& layout, std::uint64_t digit) {
  BinForm form;
  form.base = digit;
  form.base <<= layout.low_bits();
  if (layout.is_signed) form.base -= Big(1) << (layout.bits - 1);
  return form;
}

// The nearest long double of numerator / denominator (64 bits kept, a 65th and later ones cut).
// Requires: denominator > 0.
long double ratio(Big numerator, const Big& denominator, int exponent) {
  if (numerator == 0) return 0;
  const bool negative = numerator < 0;
  if (negative) numerator = -numerator;
  const auto bits = [](const Big& value) { return static_cast<int>(msb(value)) + 1; };
  const int up = std::max(0, 66 - (bits(numerator) - bits(denominator)));
  Big quotient = (numerator << static_cast<unsigned>(up)) / denominator;
  const int down = std::max(0, bits(quotient) - 64);
  quotient >>= static_cast<unsigned>(down);
  const auto value = std::ldexp(static_cast<long double>(static_cast<std::uint64_t>(quotient)),
                                down - up + exponent);
  return negative ? -value : value;
}

// log2 of the dtype's smallest step.
int smallest_exponent(const NumberLayout& layout) {
  if (!layout.is_float()) return 0;
  const int exponent_bits = static_cast<int>(layout.bits - layout.mantissa) - 1;
  return 2 - (1 << (exponent_bits - 1)) - static_cast<int>(layout.mantissa);
}

}  // namespace

double number_of(const NumberLayout& layout, std::uint64_t key) {
  const std::uint64_t sign = std::uint64_t{1} << (layout.bits - 1);
  if (!layout.is_float()) {
    if (!layout.is_signed) return static_cast<double>(key);
    return static_cast<double>(static_cast<std::int64_t>(key - sign));
  }
  const bool negative = (key & sign) == 0;
  const std::uint64_t bits = (negative ? ~key : key) & (sign - 1);
  const std::uint64_t exponent = bits >> layout.mantissa;
  std::uint64_t mantissa = bits & ((std::uint64_t{1} << layout.mantissa) - 1);
  if (exponent != 0) mantissa |= std::uint64_t{1} << layout.mantissa;
  const int power =
      smallest_exponent(layout) + (exponent == 0 ? 0 : static_cast<int>(exponent) - 1);
  const double value = std::ldexp(static_cast<double>(mantissa), power);
  return negative ? 0.0 - value : value;
}

MeanAndDeviation mean_and_deviation(const NumberLayout& layout, const NumberColumn& column) {
  Big sum = 0, squares = 0;
  MeanAndDeviation out;
  for (std::size_t digit = 0; digit < column.bins().size(); ++digit) {
    const NumberBin& bin = column.bins()[digit];
    if (bin.count == 0) continue;
    const BinForm form =
        layout.is_float() ? float_form(layout, digit) : integer_form(layout, digit);
    const Big count = bin.count;
    Big low = big(bin.sum), low_squares = big(bin.squares) + (Big(bin.squares_high) << 128);
    if (form.mirrored) {  // low = top - what was counted
      const Big top = (Big(1) << layout.low_bits()) - 1;
      low_squares = count * top * top - 2 * top * low + low_squares;
      low = count * top - low;
    }
    const Big values = (count * form.base + low) << form.shift;
    sum += form.negative ? Big(-values) : values;
    squares += (count * form.base * form.base + 2 * form.base * low + low_squares)
               << (2 * form.shift);
    out.count += bin.count;
  }
  if (out.count == 0) return out;
  const Big count = out.count;
  const int step = smallest_exponent(layout);
  out.mean = static_cast<double>(ratio(sum, count, step));
  out.deviation = std::numeric_limits<double>::quiet_NaN();
  if (out.count > 1) {
    const long double variance = ratio(count * squares - sum * sum, count * (count - 1), 2 * step);
    out.deviation = static_cast<double>(std::sqrt(variance));
  }
  return out;
}

}  // namespace dsprep
