// RankFilter: one pass of RankSearch over rows of many features, in vectors. Keys are compared with
// the few prefixes that are wanted; the rare ones that agree are counted one by one.
#pragma once

#include <span>
#include <vector>

#include "dsprep/checksum.h"
#include "lib/stats/rank_search.h"

namespace dsprep {

class RankFilter {
 public:
  static constexpr std::size_t kMostSlots = 8;
  /// True where every search has few slots, and there is one at all. Null: nothing is searched.
  static bool suits(std::span<const RankSearch* const> searches);
  /// Requires: suits(); all at the same level.
  explicit RankFilter(std::span<const RankSearch* const> searches);

  /// What a thread needs, for counts[feature] as RankSearch::counts() gives them; they stay where
  /// they are.
  class Scratch {
   private:
    friend class RankFilter;
    std::vector<std::uint8_t> found_;     // slot of each element, from 1; zeros behind them
    std::vector<std::uint64_t*> counts_;  // of each element's feature
  };
  Scratch scratch(std::vector<std::vector<std::uint64_t>>& counts) const;

  /// Rows of all features.
  template <class L>
  void add(Bytes rows, Scratch& scratch) const;

 private:
  template <class L>
  void add_pattern(const std::byte* at, std::size_t elements, Scratch& scratch) const;

  std::size_t pattern_;  // elements of a pattern: whole rows
  std::size_t slots_ = 0;
  unsigned below_ = 0, digit_bits_ = 0;
  std::vector<std::uint64_t> targets_;   // [slot][element]; all bits: none
  std::vector<std::uint32_t> features_;  // [element]
  std::vector<std::uint32_t> narrow_;    // targets of up to 32 bits
};

}  // namespace dsprep
