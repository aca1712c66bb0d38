#include "lib/stats/moments.h"

#include <cmath>

namespace dsprep {
namespace {

Wide magnitude(SignedWide value) {
  return value < 0 ? Wide(0) - static_cast<Wide>(value) : static_cast<Wide>(value);
}

long double to_real(const Wide256& value) {
  return std::ldexp(static_cast<long double>(value.high), 128) +
         static_cast<long double>(value.low);
}

}  // namespace

void Moments::add(std::int64_t value, std::uint64_t times) noexcept {
  if (times == 0) return;
  count_ += times;
  sum_ += SignedWide(value) * static_cast<SignedWide>(times);
  const Wide size = magnitude(value);
  const Wide256 squares = multiply_wide(size * size, times);
  add_squares(squares.low, static_cast<std::uint64_t>(squares.high));
  min_ = std::min(min_, value);
  max_ = std::max(max_, value);
}

void Moments::add_sums(std::uint64_t count, SignedWide sum, Wide squares, std::int64_t least,
                       std::int64_t greatest) noexcept {
  count_ += count;
  sum_ += sum;
  add_squares(squares, 0);
  min_ = std::min(min_, least);
  max_ = std::max(max_, greatest);
}

void Moments::add_squares(Wide low, std::uint64_t high) noexcept {
  squares_low_ += low;
  squares_high_ += high + (squares_low_ < low ? 1 : 0);
}

void Moments::merge(const Moments& other) noexcept {
  count_ += other.count_;
  sum_ += other.sum_;
  add_squares(other.squares_low_, other.squares_high_);
  min_ = std::min(min_, other.min_);
  max_ = std::max(max_, other.max_);
}

double Moments::mean() const noexcept {
  return static_cast<double>(static_cast<long double>(sum_) / static_cast<long double>(count_));
}

double Moments::standard_deviation() const noexcept {
  if (count_ < 2) return std::numeric_limits<double>::quiet_NaN();
  Wide256 numerator = multiply_wide(squares_low_, count_);
  numerator.high += Wide(squares_high_) * count_;
  const Wide256 square = multiply_wide(magnitude(sum_), magnitude(sum_));
  numerator.high -= square.high + (numerator.low < square.low ? 1 : 0);
  numerator.low -= square.low;
  const auto n = static_cast<long double>(count_);
  return static_cast<double>(std::sqrt(to_real(numerator) / n / (n - 1)));
}

}  // namespace dsprep
