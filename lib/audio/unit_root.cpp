#include "lib/audio/unit_root.h"

#include <utility>

namespace dsprep {
namespace {

constexpr double kTwoPi = 6.28318530717958647693;

// Taylor's series for |x| <= pi / 4.
double small_sine(double x) noexcept {
  double sum = 1.0;
  for (int n = 18; n >= 2; n -= 2) sum = 1.0 - x * x * sum / (n * (n + 1));
  return x * sum;
}

double small_cosine(double x) noexcept {
  double sum = 1.0;
  for (int n = 19; n >= 1; n -= 2) sum = 1.0 - x * x * sum / (n * (n + 1));
  return sum;
}

}  // namespace

// Integers bring the angle into the first eighth of a turn: there is nothing to round.
Complex unit_root(std::int64_t k, std::int64_t n) noexcept {
  k %= n;
  if (k < 0) k += n;
  const bool below = 2 * k > n;
  if (below) k = n - k;
  const bool left = 4 * k > n;
  if (left) {
    k = n - 2 * k;
    n *= 2;
  }
  const bool steep = 8 * k > n;
  const double turns = steep ? static_cast<double>(n - 4 * k) / static_cast<double>(4 * n)
                             : static_cast<double>(k) / static_cast<double>(n);
  Complex root{small_cosine(kTwoPi * turns), small_sine(kTwoPi * turns)};
  if (steep) std::swap(root.re, root.im);
  if (left) root.re = -root.re;
  if (below) root.im = -root.im;
  return root;
}

}  // namespace dsprep
