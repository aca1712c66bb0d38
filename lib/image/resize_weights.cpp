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

// The source pixels that may count for an output pixel.
struct Span {
  std::uint32_t begin;
  std::uint32_t end;
};

Span span_of(double center, double support, std::uint32_t in) noexcept {
  const double low = std::max(center - support + 0.5, 0.0);
  const double high = std::min<double>(center + support + 0.5, in);
  return {static_cast<std::uint32_t>(low), static_cast<std::uint32_t>(high)};
}

}  // namespace

ResizeWeights make_weights(std::uint32_t in, std::uint32_t out, std::uint32_t begin,
                           std::uint32_t count, Filter filter) {
  const Kernel& kernel = kKernels[static_cast<std::size_t>(filter)];
  const double scale = static_cast<double>(in) / out;
  const double widening = std::max(scale, 1.0);
  const double support = kernel.support * widening;
  const auto center_of = [=](std::uint32_t i) { return (begin + i + 0.5) * scale; };
  ResizeWeights weights;
  for (std::uint32_t i = 0; i < count; ++i) {
    const Span span = span_of(center_of(i), support, in);
    weights.taps = std::max(weights.taps, span.end - span.begin);
  }
  weights.first.resize(count);
  weights.values.resize(std::size_t{count} * weights.taps);
  std::vector<double> exact(weights.taps);
  for (std::uint32_t i = 0; i < count; ++i) {
    const double center = center_of(i);
    const Span span = span_of(center, support, in);
    double sum = 0.0;
    for (std::uint32_t j = span.begin; j < span.end; ++j) {
      const double weight = kernel.weight((j - center + 0.5) / widening);
      exact[j - span.begin] = weight;
      sum += weight;
    }
    weights.first[i] = std::min(span.begin, in - weights.taps);
    std::int32_t* values = weights.values.data() + std::size_t{i} * weights.taps;
    for (std::uint32_t j = span.begin; j < span.end; ++j) {
      values[j - weights.first[i]] = to_fixed(exact[j - span.begin] / sum);
    }
  }
  return weights;
}

}  // namespace dsprep
