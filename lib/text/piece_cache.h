// What pieces became before: a bounded memory of one thread. It forgets, it never grows.
#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "dsprep/tokenizer.h"
#include "lib/text/piece_key.h"

namespace dsprep {

class PieceCache {
 public:
  /// Ids that stand in an entry itself.
  static constexpr std::uint32_t kInline = 3;
  struct Entry {
    PieceKey key;
    TokenId ids[kInline];  ///< more than kInline: ids[0] is where they begin among spilled()
    std::uint32_t count;
  };
  static_assert(sizeof(Entry) == 32);

  PieceCache();

  /// The entry of a short piece, or null.
  const Entry* find(const PieceKey& key) const noexcept {
    const Set& set = sets_[hash_of(key) >> kShift];
    // Both are compared before anything is decided: which of the two it is cannot be predicted.
    const bool first = set.entries[0].key == key;
    const bool second = set.entries[1].key == key;
    return first | second ? &set.entries[second ? 1 : 0] : nullptr;
  }
  const TokenId* spilled(const Entry& entry) const noexcept { return ids_.data() + entry.ids[0]; }
  /// Remembers; of two others in its place the older one is forgotten. Returns the new entry.
  const Entry& insert(const PieceKey& key, std::span<const TokenId> ids);

  /// The ids of a longer piece, or an empty span. Valid until the next insertion.
  std::span<const TokenId> find_long(std::string_view piece) const noexcept;
  /// Requires: ids not empty. Pieces over kMaxLong are not remembered.
  void insert_long(std::string_view piece, std::span<const TokenId> ids);

 private:
  static constexpr std::size_t kSets = 1 << 13;
  static constexpr int kShift = 64 - 13;
  static constexpr std::size_t kLongs = 1 << 13;
  static constexpr std::size_t kMaxLong = 256;
  static constexpr std::size_t kMaxIds = 1 << 20, kMaxBytes = 1 << 20;

  struct alignas(64) Set {
    Entry entries[2];
  };
  struct Long {
    std::uint64_t hash;
    std::uint32_t text, length;  // in bytes_
    std::uint32_t ids, count;    // in ids_; count 0: free
  };
  void make_room(std::size_t ids, std::size_t bytes);
  std::uint32_t spill(std::span<const TokenId> ids);

  std::vector<Set> sets_;
  std::vector<Long> longs_;
  std::vector<TokenId> ids_;
  std::string bytes_;
};

}  // namespace dsprep
