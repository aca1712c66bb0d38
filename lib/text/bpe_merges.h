// Byte-pair merges by rank: of all neighbours that a rule joins, the pair of the lowest rank is
// joined first, of equal ones the leftmost, until no rule fits.
//
// Symbols are numbered so that ranks are numbers, too: 0 to 255 are the bytes, and what the rule of
// rank k makes is symbol 256 + k. Both parts of a rule are smaller symbols than what it makes.
//
// One rule a symbol is enough, whatever pairs of symbols spell the same bytes: the merges inside a
// stretch of text that ends up as one symbol are, in order, those of the stretch alone (merges
// elsewhere do not touch it), so the pair that makes it is always the same.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/text/flat_table.h"

namespace dsprep {

using Symbol = std::uint32_t;

/// What a thread needs for merging; bounded by the longest piece.
struct MergeScratch {
  std::vector<Symbol> symbols;
  std::vector<std::uint32_t> next, previous, pair;  // of long pieces
  std::vector<std::uint32_t> head, tail;            // of the list of places, by rank
  std::vector<std::pair<std::uint32_t, std::uint32_t>> nodes;
  std::vector<std::uint64_t> waiting;  // ranks that have a list
  std::vector<std::uint32_t> places;
};

/// A piece to merge; `symbols` has room for as many as the piece has bytes.
struct MergeJob {
  std::string_view piece;
  Symbol* symbols;
  std::size_t count = 0;  ///< of symbols, when it is done
};

class BpeMerges {
 public:
  /// No symbol; no rule has it.
  static constexpr Symbol kNone = (Symbol{1} << 21) - 1;
  /// Pieces up to this many bytes are merged in place; longer ones by lists.
  static constexpr std::size_t kMaxShort = 254;

  /// Room for `rules` of them.
  explicit BpeMerges(std::size_t rules);

  /// The rule for the next symbol. Requires: left and right are smaller; the pair has no rule.
  Symbol add(Symbol left, Symbol right);
  std::size_t symbols() const noexcept { return count_; }

  /// What a rule makes of the pair, or kNone.
  Symbol joined(Symbol left, Symbol right) const noexcept {
    return joined(key_of(left, right), place_of(key_of(left, right)));
  }

  /// Merges pieces of 1 to kMaxShort bytes. Many at a time take least each: a lookup waits for
  /// memory far longer than it computes.
  void merge_short(std::span<MergeJob> jobs) const noexcept;
  /// Leaves the symbols of a piece of any length below 2^31 in scratch.symbols. Linear but for
  /// sorting: every place enters a list once for each merge beside it.
  void merge_long(std::string_view piece, MergeScratch& scratch) const;

 private:
  static constexpr int kSymbolBits = 21;
  static constexpr std::uint64_t kFree = ~std::uint64_t{0} << (kSymbolBits + 1);  // makes kNone
  using Words = std::uint64_t __attribute__((vector_size(32)));
  // Filled from the front; where it overflows, the search goes on in the next one.
  struct Bucket {
    // Left, right, and the complement of what is made: 21 bits each. Bit 0 of the last one: there
    // are more than four.
    Words entries;
  };

  static std::uint64_t key_of(Symbol left, Symbol right) noexcept {
    return std::uint64_t{left} << kSymbolBits | right;
  }
  std::size_t place_of(std::uint64_t key) const noexcept {
    const std::uint64_t x = key * 0x9E3779B97F4A7C15U;
    return (x ^ x >> 29) * 0xD6E8FEB86659FD93U >> shift_;
  }
  Symbol joined(std::uint64_t key, std::size_t place) const noexcept {
    for (std::size_t i = place;; i = (i + 1) & mask_) {
      // All four are looked at before anything is decided: a guess would be wrong too often.
      const Words entries = table_[i].entries;
      const Words hits = entries & reinterpret_cast<Words>(entries >> (kSymbolBits + 1) == key);
      const std::uint64_t found = hits[0] | hits[1] | hits[2] | hits[3];
      if ((entries[3] & 1) != 0) [[unlikely]] {
        if (found == 0) continue;
      }
      return static_cast<Symbol>(found >> 1 & kNone) ^ kNone;
    }
  }
  template <std::size_t Room>
  class Lane;
  template <std::size_t Room>
  void merge_lanes(std::span<MergeJob* const> jobs) const noexcept;
  static constexpr std::size_t kTogether = 256;
  template <std::size_t Room>
  void merge_room(std::span<MergeJob> jobs, std::size_t longest_before) const noexcept;
  void merge_together(std::span<MergeJob> jobs) const noexcept;
  void merge_together_avx2(std::span<MergeJob> jobs) const noexcept;

  int shift_;
  std::size_t mask_;
  std::size_t count_ = 256;
  FlatTable<Bucket> table_;
  FlatTable<std::uint32_t> byte_pairs_;  // the rules of two bytes once more
  bool avx2_;
};

}  // namespace dsprep
