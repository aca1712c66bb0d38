// NumberColumn: one thread's counts of one feature. What it keeps are integers, exact for any
// numbers in any order, so that merging in any grouping gives the same.
//
//   key (ordered bits)   = first digit, 12 bits | low bits
//   a bin a first digit  : count, Σ low, Σ low²      numbers of one bin share sign and exponent,
//                                                    so these give Σ x and Σ x² exactly
#pragma once

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <vector>

#include "formats/common/wide.h"
#include "lib/stats/key_block.h"
#include "lib/stats/number_layout.h"

namespace dsprep {

/// Zeros whose pages cost memory only when they are touched.
template <class T>
class LazyZeros {
 public:
  LazyZeros() = default;
  explicit LazyZeros(std::size_t count)
      : memory_(static_cast<T*>(std::calloc(count, sizeof(T)))), count_(count) {
    if (count != 0 && memory_ == nullptr) throw std::bad_alloc();
  }
  T& operator[](std::size_t i) noexcept { return memory_.get()[i]; }
  const T& operator[](std::size_t i) const noexcept { return memory_.get()[i]; }
  T* data() noexcept { return memory_.get(); }
  std::size_t size() const noexcept { return count_; }

 private:
  struct Free {
    void operator()(T* memory) const noexcept { std::free(memory); }
  };
  std::unique_ptr<T, Free> memory_;
  std::size_t count_ = 0;
};

/// Two sums of the numbers with one first digit, added to in one step. The count stands above the
/// sum of low bits: Σ low + count · 2^44, Σ low². Holds 2^20 numbers of 20 low bits.
using PendingBin = std::uint64_t __attribute__((vector_size(16)));

/// Of the numbers with one first digit; low bits up to 52.
struct NumberBin {
  std::uint64_t count = 0;
  std::uint64_t squares_high = 0;  ///< Σ low² = squares + squares_high · 2^128
  Wide sum = 0;
  Wide squares = 0;

  void add(Wide low_sum, Wide low_squares, std::uint64_t times) noexcept {
    count += times;
    sum += low_sum;
    squares += low_squares;
    squares_high += squares < low_squares ? 1 : 0;
  }
};

class NumberColumn {
 public:
  explicit NumberColumn(const NumberLayout& layout);

  /// Of a layout of 64 bits: `rows` elements, `stride` bytes apart, aligned to nothing. Requires:
  /// L::kLayout is the layout.
  template <class L>
  void add(const std::byte* first, std::size_t stride, std::size_t rows);
  /// Of fewer bits: element `feature` of each of the first `rows` rows in `block`. Least and
  /// greatest are not looked at; note_range() brings them.
  void add(const KeyBlock& block, std::size_t feature, std::size_t features, std::size_t rows);
  /// A finite number that stands somewhere so many times.
  void add(std::uint64_t key, std::uint64_t times) noexcept;
  /// Counts numbers that are not finite among such elements.
  template <class L>
  void count_special(const std::byte* first, std::size_t stride, std::size_t rows);
  void note_range(std::uint64_t least_key, std::uint64_t greatest_key) noexcept;
  void merge(NumberColumn& other);  ///< flushes both
  void flush();

  // After flush().
  const LazyZeros<NumberBin>& bins() const noexcept { return bins_; }
  std::uint64_t missing() const noexcept { return missing_; }
  std::uint64_t infinite() const noexcept { return infinite_; }
  std::uint64_t min_key() const noexcept { return min_key_; }  ///< requires: a finite number
  std::uint64_t max_key() const noexcept { return max_key_; }

 private:
  // Up to 2^20 numbers, then they go to the bins.
  static constexpr std::uint64_t kMostPending = (std::uint64_t{1} << 20) - 1;
  // Neighbours go to different banks: an add need not wait for the one before it.
  static constexpr std::size_t kBanks = 2;

  template <unsigned kLow>
  void add_pending(const std::uint32_t* keys, std::size_t stride, std::size_t rows);

  NumberLayout layout_;
  LazyZeros<PendingBin> fast_;  // [bank][first digit]; empty for 64 bits
  LazyZeros<NumberBin> bins_;
  std::uint64_t pending_ = 0;
  std::uint64_t missing_ = 0;
  std::uint64_t infinite_ = 0;
  std::uint64_t min_key_ = ~std::uint64_t{0};
  std::uint64_t max_key_ = 0;
};

}  // namespace dsprep
