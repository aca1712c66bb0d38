// RealFft: the discrete Fourier transform of a real signal of any length, in double and in one order
// of operations: the same bits on every machine.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "lib/audio/unit_root.h"

namespace dsprep {

/// Immutable: any number of threads, each with its own workspace. Fast where the length is a product
/// of small primes: a prime p costs p operations a value.
class RealFft {
 public:
  struct Workspace {
    std::vector<Complex> a, b;
  };

  /// Requires: size > 0.
  explicit RealFft(std::size_t size);

  std::size_t size() const noexcept { return size_; }
  std::size_t bins() const noexcept { return size_ / 2 + 1; }
  /// |X[k]|^2 for X[k] = sum of signal[j] exp(-2 pi i j k / size), k < bins().
  /// Requires: size() values in `signal`, bins() in `power`.
  void power(std::span<const double> signal, std::span<double> power, Workspace& workspace) const;

 private:
  /// The transform of the length_ numbers in `workspace.a`, in place.
  void transform(Workspace& workspace) const;

  std::size_t size_;
  bool halved_;         // an even signal is one of half as many complex numbers
  std::size_t length_;  // of the complex transform
  std::vector<std::size_t> factors_;
  std::vector<Complex> roots_;   // exp(-2 pi i k / length_)
  std::vector<Complex> twists_;  // exp(-2 pi i k / size_), k < bins(), where halved_
};

}  // namespace dsprep
