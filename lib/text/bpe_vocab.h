// Bytes of a token to its id: flat tables, built once and then read by any number of threads.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "dsprep/tokenizer.h"
#include "lib/text/flat_table.h"
#include "lib/text/piece_key.h"

namespace dsprep {

class BpeVocab {
 public:
  static constexpr TokenId kNone = ~TokenId{0};
  static constexpr std::size_t kMostTokens = 2'000'000;

  /// Room for `tokens` of them. Throws kTooLarge for more than kMostTokens.
  explicit BpeVocab(std::size_t tokens);

  /// False where the bytes are there already. Requires: not empty; at most the promised number.
  bool insert(std::string_view bytes, TokenId id);

  /// Asks for the memory that find() or insert() will need first,
  void prefetch(const PieceKey& key) const noexcept {
    __builtin_prefetch(&slots_[hash_of(key) >> shift_]);
  }
  void prefetch(std::string_view bytes) const noexcept {
    if (bytes.size() <= kMaxKeyed) prefetch(key_of(bytes));
  }
  /// and then, when that is there, for what it will need next.
  void prefetch_token(const PieceKey& key) const noexcept {
    const std::uint64_t hash = hash_of(key);
    __builtin_prefetch(&short_[number_of(slots_[hash >> shift_])]);
  }
  TokenId find(const PieceKey& key) const noexcept {
    const std::uint64_t hash = hash_of(key);
    for (std::size_t i = hash >> shift_; slots_[i] != 0; i = (i + 1) & mask_)
      if (tag_of(slots_[i]) == tag_of_hash(hash) && short_[number_of(slots_[i])].key == key)
        return short_[number_of(slots_[i])].id;
    return kNone;
  }
  TokenId find(std::string_view bytes) const noexcept {
    return bytes.size() <= kMaxKeyed ? find(key_of(bytes)) : find_long(bytes);
  }

 private:
  // A slot is empty (0), or the number of a token in short_ and, above it, bits of its hash that
  // are not those of its place: few tokens are looked at in vain.
  static constexpr int kNumberBits = 21;
  static_assert(kMostTokens < std::size_t{1} << kNumberBits);
  static std::uint32_t number_of(std::uint32_t slot) noexcept {
    return slot & ((1U << kNumberBits) - 1);
  }
  static std::uint32_t tag_of(std::uint32_t slot) noexcept { return slot >> kNumberBits; }
  std::uint32_t tag_of_hash(std::uint64_t hash) const noexcept {
    return static_cast<std::uint32_t>(hash << (64 - shift_) >> (64 - 32 + kNumberBits));
  }

  struct Short {
    PieceKey key;
    TokenId id;
  };
  struct Long {
    std::uint64_t hash;
    std::uint32_t offset, length;  // in long_bytes_
    TokenId id;
  };
  TokenId find_long(std::string_view bytes) const noexcept;
  void grow_long();

  int shift_;
  std::size_t mask_;
  FlatTable<std::uint32_t> slots_;
  FlatTable<Short> short_;                  // in order of insertion, from 1 on
  std::vector<Long> long_;                  // in order of insertion
  std::vector<std::uint32_t> long_places_;  // index into long_ plus 1; 0 is a free place
  std::string long_bytes_;
};

}  // namespace dsprep
