// Resampler: sound at one rate to sound at another, piece by piece, in double. The same bits on every
// machine, and for any pieces.
//
// Output j stands at the time j / to of the input: sum of in[i] w(i / from - j / to), where w is a
// sinc cut off at 15/16 of half of the lower rate, under a Kaiser window (beta 11) of 64 of its zeros
// to either side, scaled so that its samples add up to 1. Below 0.88 of half of the lower rate a sine
// keeps its height within 1e-5; what is above half of it comes out 100 dB lower, at least. Before and
// behind the signal all is silent.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace dsprep {

/// The weights for two rates. Immutable: any number of resamplers and threads.
class ResampleFilter {
 public:
  /// Rates in Hz. Throws kUsage where one is 0, kTooLarge where one is over 256 times the other.
  ResampleFilter(std::uint32_t from, std::uint32_t to);

  bool changes() const noexcept { return up_ != down_; }
  /// Samples that `inputs` samples become: inputs * to / from, rounded up.
  std::uint64_t output_size(std::uint64_t inputs) const noexcept;

 private:
  friend class Resampler;
  void weigh(std::uint64_t phase, double* weights) const;

  std::uint64_t up_, down_;  // to : from, reduced
  std::int64_t half_;        // inputs to either side of an output
  std::vector<double> table_;  // weights of every phase, where that is a table of bearable size
};

/// One signal. One thread.
class Resampler {
 public:
  explicit Resampler(std::shared_ptr<const ResampleFilter> filter);

  /// More of the input.
  void push(std::span<const double> input);
  /// The input has ended.
  void finish();
  /// Appends what can be computed of the output so far; after finish() the rest.
  void pull(std::vector<double>& out);

 private:
  double output(std::int64_t at, std::uint64_t phase);
  void drop_used();

  std::shared_ptr<const ResampleFilter> filter_;
  std::vector<double> weights_;  // of one phase, where there is no table
  std::vector<double> inputs_;   // from number first_ on; zeros stand before and behind the signal
  std::int64_t first_;
  std::uint64_t pushed_ = 0, pulled_ = 0;
};

}  // namespace dsprep
