// Logarithm and exponential that give the same bits on every machine: libm's differ between its
// makers and versions. Only + - * / on doubles, compiled without fused operations.
#pragma once

namespace dsprep {

/// Natural logarithm of a finite x > 0, with a relative error below 1e-14.
double exact_log(double x) noexcept;
/// e to the power of x for |x| <= 700, with a relative error below 1e-14.
double exact_exp(double x) noexcept;
/// The nearest integer, halves to the even one, as Python's round. Requires: 0 <= x < 2^52.
double round_half_even(double x) noexcept;

}  // namespace dsprep
