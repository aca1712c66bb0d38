// Pieces that lie behind one another through a PieceCache, thousands at a time: the ids of those
// that it has at once, the others together.
#pragma once

#include <array>
#include <span>
#include <string_view>
#include <vector>

#include "lib/text/piece_cache.h"
#include "lib/text/piece_lookup.h"

namespace dsprep {

/// Piece i of `text` ends at ends[i] and begins where the one before it ends, the first at `start`.
struct PieceSpans {
  std::string_view text;
  std::uint32_t start = 0;
  std::span<const std::uint32_t> ends;

  std::string_view operator[](std::size_t i) const noexcept {
    const std::uint32_t begin = i == 0 ? start : ends[i - 1];
    return {text.data() + begin, ends[i] - begin};
  }
};

/// A piece that the cache does not have; equal ones of a batch are one.
struct NewPiece {
  std::string_view text;
  PieceKey key;                ///< of a long one: kLongKey with the hash
  std::uint32_t place;         ///< of the cache, of a short one
  PieceCache::Range ids = {};  ///< set by PieceBatches::make_ids
};

/// A cache and one batch of pieces. One thread at a time; of no use after an exception.
class PieceBatches {
 public:
  static constexpr std::size_t kMost = 2048;

  PieceBatches();

  /// Looks up at most kMost pieces, which are not empty. Gives those that need ids; finish() must
  /// follow, and `pieces` stay until then.
  std::span<NewPiece> look_up(const PieceSpans& pieces);
  /// Room for the ids of a new piece, good until the next call: at least one, and at most as many
  /// as it has bytes; throws kInternal for more.
  std::span<TokenId> make_ids(NewPiece& piece, std::size_t count) {
    if (count > piece.text.size()) refuse_ids(piece, count);
    piece.ids = make_room(count);
    return found(piece.ids);
  }
  /// Appends the ids of all pieces to `out`, and remembers the new ones.
  void finish(std::vector<TokenId>& out);

 private:
  [[noreturn]] static void refuse_ids(const NewPiece& piece, std::size_t count);
  PieceCache::Range make_room(std::size_t count) {
    const PieceCache::Range range{found_count_, static_cast<std::uint32_t>(count)};
    if (found_count_ + count > found_.size()) found_.resize(2 * found_.size() + count);
    found_count_ += range.count;
    return range;
  }
  std::span<TokenId> found(PieceCache::Range range) noexcept {
    return std::span(found_).subspan(range.begin, range.count);
  }
  void copy_known(const PieceSpans& pieces);
  void copy_known_tail(const PieceSpans& pieces);
  using Filling = const PieceCache::Range*;
  std::span<PieceGap> gaps() noexcept { return std::span(gaps_).first(copied_.gap_count); }
  void ask_for_long(const PieceSpans& pieces);
  Filling fill(const PieceGap& gap, std::string_view piece);
  Filling fill_with(const PieceCache::Ids& ids);
  Filling fill_with(std::span<const TokenId> ids);
  Filling fill_long(const PieceGap& gap, std::string_view piece);
  Filling add_known(PieceCache::Range ids);
  Filling add_new(const PieceGap& gap, std::string_view piece);
  void remember(const NewPiece& piece);

  PieceCache cache_;
  PieceLookup lookup_ = best_lookup();
  PieceBatch batch_;
  std::vector<TokenId> known_ = std::vector<TokenId>(kMost * PieceCache::kInline + 16);
  std::vector<PieceGap> gaps_ = std::vector<PieceGap>(kMost + 1);
  PieceOutput copied_;
  // Of each gap, the ids in found_; those of new pieces are set later. What they point to has
  // room for kMost from the beginning.
  std::vector<Filling> fillings_;
  std::vector<PieceCache::Range> ranges_;
  std::vector<NewPiece> new_;
  std::vector<TokenId> found_;
  std::uint32_t found_count_ = 0;
  std::size_t gap_bytes_ = 0;  // of the pieces in the gaps
};

}  // namespace dsprep
