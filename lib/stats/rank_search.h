// RankSearch: the numbers at given ranks of one feature, exact, by radix selection: each pass
// counts the next digit of those keys that agree with a wanted one so far.
//
//   digits of 8 bits: 8 · 16: 12, 4 · 32: 12, 9, 11 · 64: 12, 13, 13, 13, 13
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "lib/stats/number_column.h"

namespace dsprep {

class RankSearch {
 public:
  static constexpr std::size_t kMostRanks = 200;
  /// Passes that it takes over the data, the one that fills NumberColumn included.
  static unsigned passes(const NumberLayout& layout) noexcept;

  /// Ranks from 0, below the number of finite values in `column`; at most kMostRanks.
  RankSearch(const NumberLayout& layout, std::vector<std::uint64_t> ranks,
             const NumberColumn& column);

  bool done() const noexcept { return level_ == digits_.size(); }
  /// What a thread counts in a pass; zeros.
  std::vector<std::uint64_t> counts() const { return std::vector<std::uint64_t>(count_size()); }
  template <class L>
  void add(const std::byte* first, std::size_t stride, std::size_t rows,
           std::span<std::uint64_t> counts) const;
  /// The bits below the digits that are known, and those of the digit that is counted next.
  unsigned below() const noexcept { return below_; }
  unsigned digit_bits() const noexcept { return digits_[level_]; }
  std::uint8_t slots() const noexcept { return slots_; }
  /// The known digits of the keys of slot 1, 2, …, slots().
  std::vector<std::uint64_t> prefixes() const;
  /// Ends a pass with the sums of what all threads counted.
  void advance(std::span<const std::uint64_t> counts);
  /// Requires: done(), and one of the ranks.
  std::uint64_t key(std::uint64_t rank) const { return found_.at(rank).key; }

 private:
  struct Place {
    std::uint64_t key = 0;     // its digits so far, shifted down
    std::uint64_t before = 0;  // rank among the keys that have these digits
    std::uint8_t slot = 0;     // of those keys; 0 is for all others
  };
  static std::vector<unsigned> digits_of(unsigned bits);
  std::size_t count_size() const { return (std::size_t{slots_} + 1) << digits_[level_]; }
  template <class CountAt>
  void descend(CountAt count_at);

  NumberLayout layout_;
  std::vector<unsigned> digits_;
  std::size_t level_ = 0;                        // the digit that is counted next
  unsigned below_ = 0;                           // bits behind that digit
  std::uint8_t slots_ = 1;                       // in use at this level
  std::map<std::uint64_t, Place> found_;         // by rank
  std::vector<std::vector<std::uint8_t>> next_;  // [level][slot, digit] → slot of the next level
};

}  // namespace dsprep
