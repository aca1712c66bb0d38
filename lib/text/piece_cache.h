// What pieces became before: a bounded memory of one thread. It forgets, it never grows.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dsprep/tokenizer.h"
#include "lib/text/zeroed_table.h"

namespace dsprep {

class PieceCache {
 public:
  /// Pieces of up to so many bytes have a place of their own.
  static constexpr std::size_t kMaxShort = 32;
  /// Longer ones than this are not remembered.
  static constexpr std::size_t kMaxLong = 256;
  /// Ids that stand in an entry itself.
  static constexpr std::uint32_t kInline = 7;

  /// The complement of a short piece's bytes, zeros behind it. Pieces are UTF-8, which has no byte
  /// 0xFF: equal keys are equal pieces, and the key of a piece is not zero.
  struct alignas(32) Key {
    std::array<std::uint64_t, 4> words{};
    friend bool operator==(const Key& a, const Key& b) noexcept {  // no call of memcmp
      return ((a.words[0] ^ b.words[0]) | (a.words[1] ^ b.words[1]) | (a.words[2] ^ b.words[2]) |
              (a.words[3] ^ b.words[3])) == 0;
    }
  };
  /// A line of the processor's cache, so that a piece costs one.
  struct alignas(64) Entry {
    Key key;
    std::array<TokenId, kInline> ids{};  ///< more than kInline: ids[0] is where spilled ones begin
    std::uint32_t count = 0;             ///< of ids; 0: not known yet
  };
  static_assert(sizeof(Entry) == 64);

  /// All places, of which a piece has the one that the low bits of its hash tell.
  Entry* places() noexcept { return places_.data(); }
  static constexpr std::uint32_t kPlaceMask = (1U << 17) - 1;

  /// The second place of a piece: where it goes when another one takes its first.
  Entry& beside(const Entry& first) noexcept { return places_[beside_of(first)]; }

  /// Pieces over kMaxShort have no place.
  static bool is_long(std::string_view piece) noexcept { return piece.size() > kMaxShort; }

  /// Makes `first` the place of a new piece, which has no ids until insert(). What stood there goes
  /// beside it, or is forgotten. False where there is nothing to do: the piece is known, or
  /// another new one has the place.
  bool take_place(Entry& first, const Key& key) noexcept;
  /// The ids of a new piece that has taken `place`, or of a long one, whose place is null; one over
  /// kMaxLong is not remembered.
  void insert(std::string_view piece, Entry* place, std::span<const TokenId> ids);

  /// Where the ids of a piece stand, or null. `first` is the place of a short one.
  const Entry* find(std::string_view piece, const Key& key, const Entry& first) const noexcept;
  /// The same for long ones.
  const Entry* find_long(std::string_view piece) const noexcept;
  /// Good until the next trim() or insert().
  std::span<const TokenId> ids_of(const Entry& entry) const noexcept {
    if (entry.count <= kInline) return {entry.ids.data(), entry.count};
    return {spilled_.data() + entry.ids[0], entry.count};
  }
  /// Forgets all where it holds too much.
  void trim();

 private:
  static constexpr int kLongBits = 13;
  static constexpr std::size_t kMaxIds = 1 << 20, kMaxBytes = 1 << 20;

  struct Long {
    std::uint64_t hash;
    std::uint32_t text, length;  // in bytes_
    Entry entry;
  };

  static bool is_new(const Entry& entry) noexcept { return entry.count == 0 && entry.key != Key{}; }
  std::size_t beside_of(const Entry& first) const noexcept {
    return static_cast<std::size_t>(&first - places_.data()) ^ 1;
  }
  void set_ids(Entry& entry, std::span<const TokenId> ids);
  void insert_long(std::string_view piece, std::span<const TokenId> ids);

  ZeroedTable<Entry, std::size_t{kPlaceMask} + 1> places_;
  ZeroedTable<Long, std::size_t{1} << kLongBits> longs_;
  std::vector<TokenId> spilled_;
  std::string bytes_;
};

}  // namespace dsprep
