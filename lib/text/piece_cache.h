// What pieces became before: a bounded memory of one thread. It forgets, it never grows.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dsprep/tokenizer.h"
#include "lib/text/piece_key.h"
#include "lib/text/zeroed_table.h"

namespace dsprep {

class PieceCache {
 public:
  /// Pieces of up to so many bytes have a key, and a place.
  static constexpr std::size_t kMaxShort = kMaxKeyed;
  /// Longer ones than this are not remembered.
  static constexpr std::size_t kMaxLong = 256;
  /// Ids that stand in an entry itself, in 24 bits each.
  static constexpr std::uint32_t kInline = 5;

  /// A stretch of ids in a list.
  struct Range {
    std::uint32_t begin = 0, count = 0;
  };

  /// The ids of a piece, or where they are; all zeros: nothing. In bytes, because they are moved
  /// as one vector.
  class Ids {
   public:
    static Ids pending(std::uint32_t number) noexcept { return Ids({number, 0}, kPending); }
    Ids() = default;
    static Ids elsewhere(Range range) noexcept { return Ids(range, kElsewhere); }
    /// Requires: fits(ids).
    static Ids of(std::span<const TokenId> ids) noexcept {
      Ids made;
      for (std::size_t i = 0; i < ids.size(); ++i)
        std::memcpy(made.bytes_.data() + 3 * i, &ids[i], 3);
      made.bytes_[15] = static_cast<unsigned char>(ids.size());
      return made;
    }
    static bool fits(std::span<const TokenId> ids) noexcept {
      TokenId all = 0;
      for (const TokenId id : ids) all |= id;
      return ids.size() <= kInline && all < 1U << 24;
    }

    bool is_inline() const noexcept { return bytes_[15] - 1U < kInline; }
    bool is_pending() const noexcept { return bytes_[15] == kPending; }
    /// One id takes no work to find again.
    bool is_cheap() const noexcept { return bytes_[15] <= 1; }
    std::uint32_t count() const noexcept { return bytes_[15]; }  ///< requires: is_inline()
    TokenId operator[](std::size_t i) const noexcept {           ///< requires: is_inline()
      TokenId id = 0;
      std::memcpy(&id, bytes_.data() + 3 * i, 3);
      return id;
    }
    /// Of ids that are elsewhere; begin: the number of what is pending.
    Range range() const noexcept {
      Range range;
      std::memcpy(&range, bytes_.data(), sizeof range);
      return range;
    }

   private:
    static constexpr unsigned char kPending = 0xFF, kElsewhere = 0xFE;
    Ids(Range range, unsigned char kind) noexcept {
      std::memcpy(bytes_.data(), &range, sizeof range);
      bytes_[15] = kind;
    }
    alignas(16) std::array<unsigned char, 16> bytes_{};
  };

  /// Two of them are a line of the processor's cache: a piece has the place that its hash tells,
  /// and the one beside it, for when another piece takes the first.
  struct alignas(32) Entry {
    PieceKey key;  ///< marked where the ids are not inline: it then equals no piece's
    Ids ids;

    bool is_of(const PieceKey& piece) const noexcept {
      return key.low == piece.low && (key.high & ~kMark) == piece.high;
    }
    void set(const PieceKey& piece, const Ids& its) noexcept {
      key = {piece.low, piece.high | (its.is_inline() ? 0 : kMark)};
      ids = its;
    }

   private:
    static constexpr std::uint64_t kMark = std::uint64_t{1} << 63;
  };
  static_assert(sizeof(Entry) == 32);

  /// Places are counted in bytes.
  static constexpr std::uint32_t kEntries = 1U << 18;
  static constexpr std::uint32_t kPlaceMask = (kEntries - 1) * sizeof(Entry);
  /// All entries.
  const Entry* entries() const noexcept { return entries_.data(); }

  /// The piece, which then stands in its first place; or null.
  Entry* find(const PieceKey& key, std::uint32_t place) noexcept {
    Entry& first = at(place);
    Entry& beside = at(place ^ sizeof(Entry));
    if (beside.is_of(key)) std::swap(first, beside);
    return first.is_of(key) ? &first : nullptr;
  }
  /// Puts a piece that find() does not find in its first place.
  void insert(const PieceKey& key, std::uint32_t place, const Ids& ids) noexcept;

  /// What stands in an entry for these ids.
  Ids keep(std::span<const TokenId> ids);
  /// Ids that are elsewhere. Good until the next keep() or trim().
  std::span<const TokenId> kept(Range range) const noexcept {
    return std::span(kept_).subspan(range.begin, range.count);
  }

  /// Asks for the memory that find_long() will need.
  void prefetch_long(std::uint64_t hash) const noexcept {
    __builtin_prefetch(&longs_[hash >> (64 - kLongBits)]);
  }
  /// The ids of a piece over kMaxShort, or nothing (count 0).
  Range find_long(std::string_view piece, std::uint64_t hash) const noexcept;
  void insert_long(std::string_view piece, std::uint64_t hash, std::span<const TokenId> ids);

  /// Forgets long pieces, or all, where it holds too much.
  void trim();

 private:
  static constexpr int kLongBits = 15;
  static constexpr std::size_t kMaxIds = 1 << 21, kMaxBytes = 1 << 21;

  struct Long {
    std::uint64_t hash;
    std::uint32_t text, length;  // in bytes_
    Range ids;                   // in kept_
  };

  Entry& at(std::uint32_t place) noexcept { return entries_[place / sizeof(Entry)]; }
  Range put(std::span<const TokenId> ids);

  ZeroedTable<Entry, kEntries> entries_;
  ZeroedTable<Long, std::size_t{1} << kLongBits> longs_;
  std::vector<TokenId> kept_;
  std::string bytes_;
};

}  // namespace dsprep
