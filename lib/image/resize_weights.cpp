#include "lib/image/resize_weights.h"

#include <algorithm>

namespace dsprep {
namespace {

constexpr double kPi = 3.14159265358979323846;

// sin(pi x) for |x| <= 0.5: Taylor's series up to x^21, whose error is below one unit in the last
// place.
double sin_pi_near_zero(double x) noexcept {
  const double t = kPi * x;
  const double square = t * t;
  double sum = 1.0;
  for (int n = 20; n >= 2; n -= 2) sum = 1.0 - square / (n * (n + 1.0)) * sum;
  return t * sum;
}

double sinc(double x) noexcept {
  if (x == 0.0) return 1.0;
  const int whole = static_cast<int>(x < 0 ? x - 0.5 : x + 0.5);  // nearest integer
  const double sine = sin_pi_near_zero(x - whole);
  return (whole % 2 == 0 ? sine : -sine) / (kPi * x);
}

double area(double x) noexcept { return x > -0.5 && x <= 0.5 ? 1.0 : 0.0; }

double bilinear(double x) noexcept {
  const double distance = x < 0 ? -x : x;
  return distance < 1.0 ? 1.0 - distance : 0.0;
}

double lanczos(double x) noexcept { return x >= -3.0 && x < 3.0 ? sinc(x) * sinc(x / 3) : 0.0; }

struct Kernel {
  double support;
  double (*weight)(double);
};

constexpr Kernel kKernels[] = {{0.5, area}, {1.0, bilinear}, {3.0, lanczos}};  // as in enum Filter

std::int32_t to_fixed(double weight) noexcept {
  const double scaled = weight * (1 << kWeightBits);
  return static_cast<std::int32_t>(scaled < 0 ? scaled - 0.5 : scaled + 0.5);
}

}  // namespace

ResizeWeights make_weights(std::uint32_t in, std::uint32_t out, std::uint32_t begin,
                           std::uint32_t count, Filter filter) {
  const Kernel& kernel = kKernels[static_cast<std::size_t>(filter)];
  const double scale = static_cast<double>(in) / out;
  const double widening = std::max(scale, 1.0);
  const double support = kernel.support * widening;
  ResizeWeights weights;
  weights.stride = static_cast<std::size_t>(support) * 2 + 3;
  weights.first.resize(count);
  weights.count.resize(count);
  weights.values.resize(count * weights.stride);
  std::vector<double> exact(weights.stride);
  for (std::uint32_t i = 0; i < count; ++i) {
    const double center = (begin + i + 0.5) * scale;
    const double low = std::max(center - support + 0.5, 0.0);
    const double high = std::min<double>(center + support + 0.5, in);
    const auto from = static_cast<std::uint32_t>(low);
    const auto size = static_cast<std::uint32_t>(high) - from;
    double sum = 0.0;
    for (std::uint32_t j = 0; j < size; ++j) {
      exact[j] = kernel.weight((from + j - center + 0.5) / widening);
      sum += exact[j];
    }
    weights.first[i] = from;
    weights.count[i] = size;
    std::int32_t* values = weights.values.data() + i * weights.stride;
    for (std::uint32_t j = 0; j < size; ++j) values[j] = to_fixed(exact[j] / sum);
  }
  return weights;
}

}  // namespace dsprep
