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
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

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

class BpeMerges {
 public:
  static constexpr Symbol kNone = ~Symbol{0};
  static constexpr std::size_t kMaxSymbols = std::size_t{1} << 21;
  /// Pieces up to this many bytes are merged in place; longer ones by lists.
  static constexpr std::size_t kMaxShort = 127;

  /// Room for `rules` of them.
  explicit BpeMerges(std::size_t rules);

  /// The rule for the next symbol. Requires: left and right are smaller; the pair has no rule.
  Symbol add(Symbol left, Symbol right);
  std::size_t symbols() const noexcept { return count_; }

  /// What a rule makes of the pair, or kNone.
  Symbol joined(Symbol left, Symbol right) const noexcept {
    const std::uint64_t key = std::uint64_t{left} << kSymbolBits | right;
    for (std::size_t i = place_of(key);; i = (i + 1) & mask_) {
      const std::uint64_t entry = table_[i];
      if (entry >> kSymbolBits == key) return static_cast<Symbol>(entry & (kMaxSymbols - 1));
      if (entry == kFree) return kNone;
    }
  }

  /// Writes the symbols of a piece of 1 to kMaxShort bytes to `out`, which has room for as many as
  /// the piece has bytes; returns their number.
  std::size_t merge_short(std::string_view piece, Symbol* out) const noexcept;
  /// Leaves the symbols of a piece of any length below 2^31 in scratch.symbols. Linear but for
  /// sorting: every place enters a list once for each merge beside it.
  void merge_long(std::string_view piece, MergeScratch& scratch) const;

 private:
  static constexpr int kSymbolBits = 21;
  static constexpr std::uint64_t kFree = ~std::uint64_t{0};

  std::size_t place_of(std::uint64_t key) const noexcept {
    const std::uint64_t x = key * 0x9E3779B97F4A7C15U;
    return (x ^ x >> 29) * 0xD6E8FEB86659FD93U >> shift_;
  }
  std::uint32_t byte_pair(unsigned char left, unsigned char right) const noexcept {
    return byte_pairs_[std::size_t{left} << 8 | right];
  }

  int shift_;
  std::size_t mask_;
  std::size_t count_ = 256;
  std::vector<std::uint64_t> table_;       // left, right, made: 21 bits each
  std::vector<std::uint32_t> byte_pairs_;  // the rules of two bytes once more
};

}  // namespace dsprep
