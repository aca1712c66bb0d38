#include "lib/image/resize_weights.h"

#include <algorithm>
#include <span>

#include "lib/image/resize_wide.h"

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

// The source pixels that may count for an output pixel.
struct Span {
  std::uint32_t begin;
  std::uint32_t end;
};

Span span_of(double center, double support, const SourceSpan& source) noexcept {
  const double low = std::max<double>(center - support + 0.5, source.begin);
  const double high = std::min<double>(center + support + 0.5, source.end);
  const Span span{static_cast<std::uint32_t>(low), static_cast<std::uint32_t>(high)};
  // a stretch that is cut at a fraction of a pixel may leave its last output pixel none
  return span.begin < span.end ? span : Span{source.end - 1, source.end};
}

constexpr int kMostBits = kWideBits;

// No weight is larger than 2 / widening, not even where the picture ends inside a kernel; so these
// weights are 16-bit numbers. A function of the scale alone, so that a window of a picture gets the
// same weights as all of it.
int bits_for(double widening) noexcept {
  int bits = 14;
  for (; bits < kMostBits && widening >= 4.0; widening *= 0.5) ++bits;
  return bits;
}

std::int16_t to_fixed(double weight, int bits) noexcept {
  const double scaled = weight * (1 << bits);
  return static_cast<std::int16_t>(scaled < 0 ? scaled - 0.5 : scaled + 0.5);
}

std::int32_t to_wide(double weight) noexcept {
  const double scaled = weight * (1 << kWideBits);
  return static_cast<std::int32_t>(scaled < 0 ? scaled - 0.5 : scaled + 0.5);
}

// Rounded so that they add up to one: what rounding lost goes to the largest weight.
void round_weights(std::span<const double> exact, double sum, int bits,
                   std::int16_t* out) noexcept {
  int rest = 1 << bits;
  std::size_t largest = 0;
  for (std::size_t j = 0; j < exact.size(); ++j) {
    out[j] = to_fixed(exact[j] / sum, bits);
    rest -= out[j];
    if (out[j] > out[largest]) largest = j;
  }
  out[largest] = static_cast<std::int16_t>(out[largest] + rest);
}

}  // namespace

ResizeWeights make_weights(const SourceSpan& source, std::uint32_t out, std::uint32_t begin,
                           std::uint32_t count, Filter filter) {
  const Kernel& kernel = kKernels[static_cast<std::size_t>(filter)];
  const double scale = source.length / out;
  const double widening = std::max(scale, 1.0);
  const double support = kernel.support * widening;
  const auto center_of = [&](std::uint32_t i) { return source.origin + (begin + i + 0.5) * scale; };
  ResizeWeights weights;
  weights.bits = bits_for(widening);
  weights.first.resize(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    const Span span = span_of(center_of(i), support, source);
    weights.first[i] = span.begin;
    weights.taps = std::max(weights.taps, span.end - span.begin);
    weights.end = std::max(weights.end, span.end);
  }
  const bool is_wide = filter == Filter::kLanczos;
  if (is_wide) weights.bits = kWideBits;
  constexpr std::uint32_t kStep = ResizeWeights::kTapStep;
  weights.taps = (weights.taps + kStep - 1) / kStep * kStep;
  // At the right border zeros stand in front, so that nothing behind the source is looked at.
  const std::uint32_t lowest = count == 0 ? 0 : weights.first[0];
  const std::uint32_t latest = std::max(lowest, weights.end - std::min(weights.end, weights.taps));
  const std::size_t size = std::size_t{count} * weights.taps;
  is_wide ? weights.wide.resize(size) : weights.values.resize(size);
  std::vector<double> exact(weights.taps);
  for (std::uint32_t i = 0; i < count; ++i) {
    const double center = center_of(i);
    const Span span = span_of(center, support, source);
    const std::uint32_t taps = span.end - span.begin;
    double sum = 0.0;
    for (std::uint32_t j = 0; j < taps; ++j) {
      exact[j] = kernel.weight((span.begin + j - center + 0.5) / widening);
      sum += exact[j];
    }
    if (sum == 0.0) sum = exact[0] = 1.0;
    weights.first[i] = std::min(span.begin, latest);
    const std::size_t at = std::size_t{i} * weights.taps + (span.begin - weights.first[i]);
    if (is_wide) {
      for (std::uint32_t j = 0; j < taps; ++j) weights.wide[at + j] = to_wide(exact[j] / sum);
    } else {
      round_weights({exact.data(), taps}, sum, weights.bits, weights.values.data() + at);
    }
  }
  return weights;
}

}  // namespace dsprep
