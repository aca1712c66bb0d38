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
  static constexpr std::size_t kMost = 512;
  std::array<PieceCache::Key, kMost> keys;  ///< zero: a piece over PieceCache::kMaxShort bytes
  std::array<PieceCache::Entry*, kMost> places;
};

struct PieceLookup {
  /// Keys and places of the pieces that end at `ends`, of which there are PieceBatch::kMost at
  /// most; the first begins at `start`, all offsets count from `text`. PieceCache::kMaxShort bytes
  /// must be readable from every piece's begin on.
  void (*find_places)(const char* text, std::uint32_t start, std::span<const std::uint32_t> ends,
                      PieceCache::Entry* places, PieceBatch& batch);
  /// Copies the ids of the pieces from number `first` on to `out` and moves it behind them; up to
  /// the first piece whose ids are not in its entry, whose number is returned, or to `count`.
  /// Writes up to kInline ids behind `out`.
  std::size_t (*copy_ids)(const PieceBatch& batch, std::size_t first, std::size_t count,
                          TokenId*& out);
  /// Writes the numbers of the pieces from number `first` on that do not stand in their places, and
  /// of all long ones, to `out`; returns how many.
  std::size_t (*list_new)(const PieceBatch& batch, std::size_t first, std::size_t count,
                          std::uint16_t* out);
};

extern const PieceLookup kPortableLookup;
/// The fastest of this machine.
PieceLookup best_lookup() noexcept;

}  // namespace dsprep
