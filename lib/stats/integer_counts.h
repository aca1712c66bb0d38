// IntegerCounts: how often each small integer stands somewhere. One pass gives all statistics,
// where NumberFit takes several. One thread's; merging adds.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "dsprep/stats.h"

namespace dsprep {

class IntegerCounts {
 public:
  /// True for integers of 8 and 16 bits, and for uint32, of which only those below 2^18 are counted
  /// (ids of tokens).
  static bool suits(DType dtype) noexcept;

  /// Requires: suits(dtype).
  explicit IntegerCounts(DType dtype);
  /// Aligned to nothing.
  void add(Bytes values);
  void merge(IntegerCounts& other);
  /// None where an integer was too large to be counted.
  std::optional<NumberStats> report(std::span<const double> quantiles, std::size_t bins);

 private:
  template <class Raw>
  void count(Bytes values);
  void flush();
  std::size_t size() const noexcept { return counts_.size(); }
  std::int64_t value_of(std::size_t raw) const noexcept;

  DType dtype_;
  std::vector<std::uint64_t> counts_;  // by bits, as unsigned
  // What is not in counts_ yet: half as large, so that more of it stays in the caches. Neighbours
  // among small integers go to different banks: an increment need not wait for the one before.
  std::size_t banks_;
  std::vector<std::uint32_t> pending_;  // [bank][bits]
  std::uint64_t pending_values_ = 0;
  bool beyond_ = false;
};

}  // namespace dsprep
