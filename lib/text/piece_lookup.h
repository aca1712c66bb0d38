// Runs of pieces through the cache: keys and places of many pieces first, so that their memory is
// on its way, then their ids.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "lib/text/piece_cache.h"

namespace dsprep {

struct PieceBatch {
  static constexpr std::size_t kMost = 256;
  std::array<PieceKey, kMost> keys;  ///< kLongKey: a piece over PieceCache::kMaxShort bytes
  std::array<std::uint32_t, kMost> places;
};

/// A piece whose ids are missing.
struct alignas(32) PieceGap {
  PieceKey key;          ///< of a piece over PieceCache::kMaxShort bytes: kLongKey
  std::uint32_t place;   ///< of the cache, of other pieces
  std::uint32_t number;  ///< of the piece
  std::uint32_t at;      ///< how many ids stand before it
};

/// What copy_ids has written so far.
struct PieceOutput {
  TokenId* ids;  ///< PieceCache::kInline * pieces + 3 of room
  std::size_t count = 0;
  PieceGap* gaps;  ///< pieces + 1 of room
  std::size_t gap_count = 0;
  std::uint32_t pieces = 0;
};

struct PieceLookup {
  /// Keys and places of the pieces that end at `ends`, of which there are PieceBatch::kMost at
  /// most; the first begins at `start`, all offsets count from `text`. 16 bytes must be readable
  /// from every piece's begin on.
  void (*find_places)(const char* text, std::uint32_t start, std::span<const std::uint32_t> ends,
                     const PieceCache::Entry* entries, PieceBatch& batch);
  /// Appends the ids of the first `count` pieces that stand in their first places, and a gap for
  /// each other one.
  void (*copy_ids)(const PieceBatch& batch, std::size_t count, const PieceCache::Entry* entries,
                   PieceOutput& out);
};

extern const PieceLookup kPortableLookup;
/// The fastest of this machine.
PieceLookup best_lookup() noexcept;

}  // namespace dsprep
