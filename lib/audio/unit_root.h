// Roots of unity that give the same bits on every machine: libm's sine differs between its makers,
// versions and processors. Only + - * / on doubles, compiled without fused operations.
#pragma once

#include <cstdint>

namespace dsprep {

/// A complex number of doubles; std::complex looks for infinities in every product.
struct Complex {
  double re = 0;
  double im = 0;
};

inline Complex operator+(Complex a, Complex b) noexcept { return {a.re + b.re, a.im + b.im}; }
inline Complex operator-(Complex a, Complex b) noexcept { return {a.re - b.re, a.im - b.im}; }
inline Complex operator*(Complex a, Complex b) noexcept {
  return {a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
}

/// exp(2 pi i k / n), both parts with an error below 1e-15. Requires: 0 < n < 2^59.
Complex unit_root(std::int64_t k, std::int64_t n) noexcept;

}  // namespace dsprep
