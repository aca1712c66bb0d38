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

  /// Room for `tokens` of them.
  explicit BpeVocab(std::size_t tokens);

  /// False where the bytes are there already. Requires: not empty; at most the promised number.
  bool insert(std::string_view bytes, TokenId id);

  /// Asks for the memory that find() or insert() will need.
  void prefetch(const PieceKey& key) const noexcept {
    __builtin_prefetch(&short_keys_[hash_of(key) >> shift_]);
    __builtin_prefetch(&short_ids_[hash_of(key) >> shift_]);
  }
  void prefetch(std::string_view bytes) const noexcept {
    if (bytes.size() <= kMaxKeyed) prefetch(key_of(bytes));
  }
  TokenId find(const PieceKey& key) const noexcept {
    for (std::size_t i = hash_of(key) >> shift_;; i = (i + 1) & mask_) {
      if (short_keys_[i] == key) return short_ids_[i];
      if (short_keys_[i] == PieceKey{}) return kNone;
    }
  }
  TokenId find(std::string_view bytes) const noexcept {
    return bytes.size() <= kMaxKeyed ? find(key_of(bytes)) : find_long(bytes);
  }

 private:
  struct Long {
    std::uint64_t hash;
    std::uint32_t offset, length;  // in long_bytes_
    TokenId id;
  };
  TokenId find_long(std::string_view bytes) const noexcept;
  void grow_long();

  int shift_;
  std::size_t mask_;
  FlatTable<PieceKey> short_keys_;  // a zero key is a free place
  FlatTable<TokenId> short_ids_;
  std::vector<Long> long_;                  // in order of insertion
  std::vector<std::uint32_t> long_places_;  // index into long_ plus 1; 0 is a free place
  std::string long_bytes_;
};

}  // namespace dsprep
