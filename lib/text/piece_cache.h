// What pieces became before: a bounded memory of one thread. It forgets, it never grows.
#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "dsprep/tokenizer.h"
#include "lib/text/flat_table.h"
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

  static constexpr std::size_t kMaxLong = 256;

  PieceCache();

  /// Room for `ids` more of them, at most kMaxIds: where there is none, all is forgotten.
  void make_room(std::size_t ids);
  /// Fills in the ids of an entry; it is good until the next make_room().
  void set_ids(Entry& entry, std::span<const TokenId> ids);
  const TokenId* spilled(const Entry& entry) const noexcept { return ids_.data() + entry.ids[0]; }

  /// Where a key belongs; asks for the memory that find() will need.
  std::uint32_t place_of(const PieceKey& key) const noexcept {
    const auto place = static_cast<std::uint32_t>(hash_of(key) >> kShift);
    __builtin_prefetch(&sets_[place]);
    return place;
  }
  /// The entry of a short piece, or null. Valid until the next insertion.
  const Entry* find(const PieceKey& key, std::uint32_t place) const noexcept {
    const Entry* const entries = sets_[place].entries;
    // Arithmetic, no branch: which of the two it is cannot be predicted.
    const auto difference = [&key](const PieceKey& other) {
      return (other.low ^ key.low) | (other.high ^ key.high);
    };
    const auto is_zero = [](std::uint64_t x) { return (~x & (x - 1)) >> 63; };
    const std::uint64_t first = is_zero(difference(entries[0].key));
    const std::uint64_t second = is_zero(difference(entries[1].key));
    const auto address = reinterpret_cast<std::uintptr_t>(entries + second);
    return reinterpret_cast<const Entry*>(address &
                                          (0 - static_cast<std::uintptr_t>(first | second)));
  }
  /// Remembers; of the two others in its place the older one is forgotten.
  void insert(const Entry& entry) noexcept;

  /// The same for pieces over kMaxKeyed bytes; the entry's key does not count. Pieces over kMaxLong
  /// are not remembered.
  bool find_long(std::string_view piece, Entry& entry) const noexcept;
  void insert_long(std::string_view piece, const Entry& entry);

 private:
  static constexpr int kSetBits = 15, kLongBits = 14;
  static constexpr int kShift = 64 - kSetBits, kLongShift = 64 - kLongBits;
  static constexpr std::size_t kMaxIds = 1 << 19, kMaxBytes = 1 << 20;

  struct alignas(64) Set {
    Entry entries[2];
  };
  struct Long {
    std::uint64_t hash;
    std::uint32_t text, length;  // in bytes_
    Entry entry;
  };

  FlatTable<Set> sets_;
  std::vector<Long> longs_;
  std::vector<TokenId> ids_;
  std::string bytes_;
};

}  // namespace dsprep
