#include "lib/image/exact_math.h"

namespace dsprep {
namespace {

constexpr double kLn2 = 0.69314718055994530942;
constexpr double kSqrt2 = 1.41421356237309504880;

}  // namespace

double exact_log(double x) noexcept {
  int power = 0;
  for (; x > kSqrt2; x *= 0.5) ++power;
  for (; x < 0.5 * kSqrt2; x *= 2.0) --power;
  // ln x = 2 artanh z for z = (x - 1) / (x + 1), here |z| < 0.172
  const double z = (x - 1.0) / (x + 1.0);
  const double square = z * z;
  double sum = 0.0;
  for (int n = 23; n >= 1; n -= 2) sum = sum * square + 1.0 / n;
  return power * kLn2 + 2.0 * z * sum;
}

double exact_exp(double x) noexcept {
  const double quotient = x / kLn2;
  const int power = static_cast<int>(quotient < 0 ? quotient - 0.5 : quotient + 0.5);
  const double rest = x - power * kLn2;  // |rest| <= 0.35
  double sum = 1.0;
  for (int n = 18; n >= 1; --n) sum = 1.0 + rest * sum / n;
  for (int i = 0; i < power; ++i) sum *= 2.0;
  for (int i = 0; i > power; --i) sum *= 0.5;
  return sum;
}

double round_half_even(double x) noexcept {
  const auto whole = static_cast<long long>(x);
  const double rest = x - static_cast<double>(whole);
  const bool up = rest > 0.5 || (rest == 0.5 && whole % 2 != 0);
  return static_cast<double>(whole + (up ? 1 : 0));
}

}  // namespace dsprep
