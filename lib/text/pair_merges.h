// The merges of a BPE model and their order. Immutable after the last add: any number of threads.
#pragma once

#include <bit>
#include <cstdint>
#include <optional>
#include <vector>

#include "dsprep/tokenizer.h"

namespace dsprep {

class PairMerges {
 public:
  struct Merge {
    std::uint32_t rank = 0;  ///< a lower one is merged first; equal ones from left to right
    TokenId id = 0;          ///< what the pair becomes
  };

  /// For `expected` pairs; more fit, too.
  explicit PairMerges(std::size_t expected = 0) {
    resize(std::bit_ceil(std::max<std::size_t>(16, expected * 2)));
  }

  /// Of equal pairs the last one counts.
  void add(TokenId left, TokenId right, Merge merge);

  const Merge* find(TokenId left, TokenId right) const noexcept {
    const std::uint64_t key = key_of(left, right);
    for (std::size_t at = slot(key);; at = (at + 1) & mask_) {
      if (slots_[at].key == key) return &slots_[at].merge;
      if (slots_[at].key == kEmpty) return nullptr;
    }
  }

  /// Merges until no pair of neighbours has a merge, or `least` symbols are left: always the one of
  /// the lowest rank, of equal ranks the leftmost. n log n for n symbols.
  void apply(std::vector<TokenId>& symbols, std::size_t least = 1) const;

 private:
  static constexpr std::uint64_t kEmpty = ~std::uint64_t{0};
  struct Slot {
    std::uint64_t key = kEmpty;
    Merge merge;
  };
  static std::uint64_t key_of(TokenId left, TokenId right) noexcept {
    return std::uint64_t{left} << 32 | right;
  }
  std::size_t slot(std::uint64_t key) const noexcept {
    return (key * 0x9E3779B97F4A7C15U ^ (key >> 29)) * 0xBF58476D1CE4E5B9U >> shift_;
  }
  void resize(std::size_t slots);
  void apply_to_few(std::vector<TokenId>& symbols, std::size_t least) const;
  void apply_to_many(std::vector<TokenId>& symbols, std::size_t least) const;

  std::vector<Slot> slots_;
  std::size_t mask_ = 0, used_ = 0;
  int shift_ = 0;
};

}  // namespace dsprep
