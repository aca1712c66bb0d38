// A bounded memory of parts of text and what became of them; it forgets, it never grows. One thread
// at a time.
//
// PieceCache is for pieces that lie behind one another: words have gaps between them, and unigram's
// parts are right for some totals only, for which its entries have no room.
//
// Parts of up to 15 bytes are looked up in sets of two entries that share a cache line; a newer
// entry takes the older one's place. Longer ones lie in a table beside it.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dsprep/tokenizer.h"
#include "lib/text/flat_table.h"
#include "lib/text/piece_key.h"

namespace dsprep {

class WordCache {
 public:
  static constexpr std::size_t kInside = 3;     ///< ids that stand in an entry itself
  static constexpr std::size_t kMostIds = 250;  ///< of an entry
  static constexpr std::size_t kMostBytes = 250;

  struct Entry {
    PieceKey key;                      ///< of a part of up to kMaxKeyed bytes
    std::array<TokenId, kInside> ids;  ///< more than kInside: ids[0] tells where they are
    std::uint8_t count = 0;
    std::uint8_t floor = 0;   ///< the user's
    std::uint16_t limit = 0;  ///< the user's
  };
  static_assert(sizeof(Entry) == 32);

  WordCache() : sets_(std::size_t{1} << kSetBits), longs_(std::size_t{1} << kLongBits) {}

  /// Where a key belongs; asks for the memory that find() will need.
  std::uint32_t place_of(const PieceKey& key) const noexcept {
    const auto place = static_cast<std::uint32_t>(hash_of(key) >> (64 - kSetBits));
    __builtin_prefetch(&sets_[place]);
    return place;
  }
  /// What is known of a part of up to kMaxKeyed bytes; null if nothing. Valid until the next put.
  const Entry* find(const PieceKey& key, std::uint32_t place) const noexcept {
    const Entry* const entries = sets_[place].entries.data();
    const auto differs = [&key](const PieceKey& other) {
      return (other.low ^ key.low) | (other.high ^ key.high);
    };
    if (differs(entries[0].key) == 0) [[likely]]
      return entries;
    return differs(entries[1].key) == 0 ? entries + 1 : nullptr;
  }
  /// The same for longer ones, up to kMostBytes.
  const Entry* find(std::string_view part) const noexcept;
  /// The same for one of 1 to kMostBytes bytes.
  const Entry* find_any(std::string_view part) const noexcept {
    if (part.size() > kMaxKeyed) return find(part);
    const PieceKey key = key_of(part);
    return find(key, place_of(key));
  }

  /// Remembers what a part of 1 to kMostBytes bytes became: at most kMostIds ids.
  Entry& put(std::string_view part, std::span<const TokenId> ids);

  std::span<const TokenId> ids_of(const Entry& entry) const noexcept {
    return {entry.count <= kInside ? entry.ids.data() : spilled_.data() + entry.ids[0],
            entry.count};
  }

 private:
  static constexpr int kSetBits = 15, kLongBits = 15;
  static constexpr std::size_t kMaxSpilled = 1U << 19, kMaxText = 1U << 21;

  struct alignas(64) Set {
    std::array<Entry, 2> entries{};
  };
  struct Long {
    std::uint64_t hash = 0;
    std::uint32_t text = 0, length = 0;  // in text_
    Entry entry{};
  };

  void make_room(std::size_t ids, std::size_t bytes);
  Entry& place_for(std::string_view part);

  FlatTable<Set> sets_;
  std::vector<Long> longs_;
  std::vector<TokenId> spilled_;
  std::string text_;
};

}  // namespace dsprep
