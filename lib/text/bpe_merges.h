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
    return joined(question(left, right));
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
    return key * 0x9E3779B97F4A7C15U >> shift_;
  }
  struct Question {
    std::uint64_t key;
    std::size_t place;
  };
  Question question(Symbol left, Symbol right) const noexcept {
    const std::uint64_t key = key_of(left, right);
    return {key, place_of(key)};
  }
  using TwoWords = std::uint64_t __attribute__((vector_size(16)));
  // All four entries are looked at before anything is decided: a guess would be wrong too often.
  static void keep_hits(Words& entries, std::uint64_t key) noexcept {
    entries &= reinterpret_cast<Words>(entries >> (kSymbolBits + 1) == key);
  }
  Symbol joined(const Question& asked) const noexcept {
    for (std::size_t i = asked.place;; i = (i + 1) & mask_) {
      Words found = table_[i].entries;
      const bool last = (found[3] & 1) == 0;
      keep_hits(found, asked.key);
      const std::uint64_t entry = found[0] | found[1] | found[2] | found[3];
      if (entry != 0 || last) return made_of(entry);
    }
  }
  // The same for two at once, in one vector.
  TwoWords joined(const Question& first, const Question& second) const noexcept {
    Words a = table_[first.place].entries, b = table_[second.place].entries;
    if (((a[3] | b[3]) & 1) != 0) [[unlikely]]
      return TwoWords{joined(first), joined(second)};
    keep_hits(a, first.key);
    keep_hits(b, second.key);
    const Words both =
        __builtin_shufflevector(a, b, 0, 4, 2, 6) | __builtin_shufflevector(a, b, 1, 5, 3, 7);
    const TwoWords entries =
        __builtin_shufflevector(both, both, 0, 1) | __builtin_shufflevector(both, both, 2, 3);
    return (entries >> 1 & std::uint64_t{kNone}) ^ std::uint64_t{kNone};
  }
  static Symbol made_of(std::uint64_t entry) noexcept {
    return static_cast<Symbol>(entry >> 1 & kNone) ^ kNone;
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
