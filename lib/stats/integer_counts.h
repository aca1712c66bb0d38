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
  void merge(const IntegerCounts& other);
  /// None where an integer was too large to be counted.
  std::optional<NumberStats> report(std::span<const double> quantiles, std::size_t bins) const;

 private:
  template <class Raw>
  void count(Bytes values);
  std::int64_t value_of(std::size_t raw) const noexcept;

  DType dtype_;
  std::vector<std::uint64_t> counts_;  // by bits, as unsigned
  bool beyond_ = false;
};

}  // namespace dsprep
