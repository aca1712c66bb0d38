#include "lib/audio/real_fft.h"

#include <array>
#include <utility>

namespace dsprep {
namespace {

// Fours first: they cost least.
std::vector<std::size_t> factors_of(std::size_t n) {
  std::vector<std::size_t> factors;
  for (const std::size_t f : {std::size_t{4}, std::size_t{2}}) {
    for (; n % f == 0; n /= f) factors.push_back(f);
  }
  for (std::size_t f = 3; n != 1; f += 2) {
    if (f * f > n) f = n;
    for (; n % f == 0; n /= f) factors.push_back(f);
  }
  return factors;
}

Complex conjugate(Complex z) noexcept { return {z.re, -z.im}; }
Complex times_minus_i(Complex z) noexcept { return {z.im, -z.re}; }
double square(Complex z) noexcept { return z.re * z.re + z.im * z.im; }

// One step of Stockham's transform: `in` holds `stride` signals of radix * rest values each, side by
// side; radix of them at a time, `rest` apart, become `radix` values next to each other.
struct Step {
  const Complex* in;
  Complex* out;
  const Complex* roots;  // exp(-2 pi i k / length)
  std::size_t rest;      // values apart
  std::size_t stride;    // signals side by side
  std::size_t length;    // radix * rest * stride
};

void step_of_2(const Step& s) {
  for (std::size_t p = 0; p < s.rest; ++p) {
    const Complex turn = s.roots[p * s.stride];
    for (std::size_t q = 0; q < s.stride; ++q) {
      const Complex a = s.in[q + s.stride * p];
      const Complex b = s.in[q + s.stride * (p + s.rest)];
      s.out[q + s.stride * (2 * p)] = a + b;
      s.out[q + s.stride * (2 * p + 1)] = (a - b) * turn;
    }
  }
}

void step_of_4(const Step& s) {
  for (std::size_t p = 0; p < s.rest; ++p) {
    const Complex turn1 = s.roots[p * s.stride];
    const Complex turn2 = s.roots[2 * p * s.stride];
    const Complex turn3 = s.roots[3 * p * s.stride];
    for (std::size_t q = 0; q < s.stride; ++q) {
      const Complex a = s.in[q + s.stride * p];
      const Complex b = s.in[q + s.stride * (p + s.rest)];
      const Complex c = s.in[q + s.stride * (p + 2 * s.rest)];
      const Complex d = s.in[q + s.stride * (p + 3 * s.rest)];
      const Complex even = a + c, odd = times_minus_i(b - d);
      const Complex other = a - c, sum = b + d;
      Complex* const out = s.out + q + s.stride * (4 * p);
      out[0] = even + sum;
      out[s.stride] = (other + odd) * turn1;
      out[2 * s.stride] = (even - sum) * turn2;
      out[3 * s.stride] = (other - odd) * turn3;
    }
  }
}

// Any other radix, by the definition.
void step_of(std::size_t radix, const Step& s) {
  const std::size_t apart = s.length / radix;  // the root of `radix` among those of `length`
  for (std::size_t p = 0; p < s.rest; ++p) {
    for (std::size_t i = 0; i < radix; ++i) {
      const Complex turn = s.roots[i * p * s.stride];
      for (std::size_t q = 0; q < s.stride; ++q) {
        Complex sum = s.in[q + s.stride * p];
        std::size_t at = 0;
        for (std::size_t j = 1; j < radix; ++j) {
          at += i;
          if (at >= radix) at -= radix;
          sum = sum + s.in[q + s.stride * (p + j * s.rest)] * s.roots[at * apart];
        }
        s.out[q + s.stride * (radix * p + i)] = sum * turn;
      }
    }
  }
}

}  // namespace

RealFft::RealFft(std::size_t size)
    : size_(size),
      halved_(size % 2 == 0),
      length_(halved_ ? size / 2 : size),
      factors_(factors_of(length_)) {
  const auto root = [](std::size_t k, std::size_t n) {
    return conjugate(unit_root(static_cast<std::int64_t>(k), static_cast<std::int64_t>(n)));
  };
  for (std::size_t k = 0; k < length_; ++k) roots_.push_back(root(k, length_));
  for (std::size_t k = 0; halved_ && k < bins(); ++k) twists_.push_back(root(k, size_));
}

void RealFft::transform(Workspace& workspace) const {
  workspace.b.resize(length_);
  std::size_t stride = 1, left = length_;
  for (const std::size_t radix : factors_) {
    left /= radix;
    const Step step{.in = workspace.a.data(),
                    .out = workspace.b.data(),
                    .roots = roots_.data(),
                    .rest = left,
                    .stride = stride,
                    .length = length_};
    radix == 2   ? step_of_2(step)
    : radix == 4 ? step_of_4(step)
                 : step_of(radix, step);
    stride *= radix;
    std::swap(workspace.a, workspace.b);
  }
}

void RealFft::power(std::span<const double> signal, std::span<double> power,
                    Workspace& workspace) const {
  workspace.a.resize(length_);
  if (!halved_) {
    for (std::size_t i = 0; i < length_; ++i) workspace.a[i] = {signal[i], 0};
    transform(workspace);
    for (std::size_t k = 0; k < bins(); ++k) power[k] = square(workspace.a[k]);
    return;
  }
  for (std::size_t i = 0; i < length_; ++i) workspace.a[i] = {signal[2 * i], signal[2 * i + 1]};
  transform(workspace);
  // What the even and the odd places of the signal give, taken apart.
  for (std::size_t k = 0; k < bins(); ++k) {
    const Complex z = workspace.a[k == length_ ? 0 : k];
    const Complex mirror = conjugate(workspace.a[k == 0 ? 0 : length_ - k]);
    const Complex even = z + mirror, odd = times_minus_i(z - mirror);
    power[k] = 0.25 * square(even + odd * twists_[k]);
  }
}

}  // namespace dsprep
