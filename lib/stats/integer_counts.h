// IntegerCounts: how often each small integer stands somewhere. One pass gives all statistics,
// where NumberFit takes several, and the same bits. One thread's; merging adds.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "dsprep/stats.h"
#include "lib/stats/number_column.h"

namespace dsprep {

class IntegerCounts {
 public:
  /// True for integers of 8 and 16 bits; for uint32, of which only those below 2^18 are counted
  /// (ids of tokens); and for float32, of which only whole numbers of 2^-15 in [-1, 1) are (sound of
  /// 16 bits).
  static bool suits(DType dtype) noexcept;

  /// Requires: suits(dtype).
  explicit IntegerCounts(DType dtype);
  /// Aligned to nothing.
  void add(Bytes values);
  void merge(IntegerCounts& other);
  /// True where a value was none that is counted.
  bool beyond() const noexcept { return beyond_; }
  /// None where beyond().
  std::optional<NumberStats> report(std::span<const double> quantiles, std::size_t bins);

  /// Appends what was counted, for another process. Requires: !beyond().
  void save(std::vector<std::byte>& out);
  /// Adds what save() has written; gives back how many bytes that was, none where it is damaged.
  std::optional<std::size_t> load(Bytes in);

 private:
  template <class Raw>
  void count_narrow(Bytes values);
  template <class Raw>
  void count_wide(Bytes values);
  void count_ids(Bytes values);
  void count_sound(Bytes values);
  void flush();
  std::uint64_t key_of(std::size_t raw) const;

  DType dtype_;
  std::size_t size_;                 // of counts_
  std::size_t used_;                 // counters behind are 0
  LazyZeros<std::uint64_t> counts_;  // by bits, as unsigned
  // What is not in counts_ yet. Where there are many different values, in counters of a byte, which
  // move on when they are full: they stay in the caches beside what makes the values. Where there are
  // few, in wide ones, neighbours in different banks: an increment need not wait for the one before.
  LazyZeros<std::uint8_t> narrow_;
  LazyZeros<std::uint32_t> wide_;  // [bank][bits]
  std::uint64_t pending_values_ = 0;  // in wide_
  bool beyond_ = false;
};

}  // namespace dsprep
