// Parts of a text through a PieceCache, hundreds at a time: those that it has at once, the others
// together.
#pragma once

#include <array>
#include <span>
#include <string_view>
#include <vector>

#include "lib/text/id_buffer.h"
#include "lib/text/piece_cache.h"
#include "lib/text/piece_lookup.h"
#include "lib/text/word_batch.h"

namespace dsprep::sentencepiece {

/// A part that the cache did not have in its first place.
struct AbsentPart {
  std::string_view text;
  std::size_t index = 0;                     ///< among the parts
  const PieceCache::Entry* known = nullptr;  ///< where else the cache has it; null: nowhere
  std::span<const TokenId> ids = {};         ///< to be filled in where it is null
};

/// A cache and the places of one batch of parts in it. One thread at a time.
class PieceBatches {
 public:
  /// Looks up `parts`, which lie behind one another; gives those that are missing. Valid until
  /// finish().
  std::span<AbsentPart> look_up(const WordSpans& parts);
  /// Appends the ids of all parts to `out`, and remembers those that were missing.
  void finish(const WordSpans& parts, IdBuffer& out);

 private:
  static constexpr std::size_t kMost = PieceBatch::kMost;
  static constexpr std::size_t kReach = PieceCache::kMaxShort;
  static_assert(kWordBatch % kMost == 0);

  void find_places(const WordSpans& parts);
  void remember(const AbsentPart& part);
  PieceCache::Entry& place(std::size_t i) noexcept {
    return *batches_[i / kMost].places[i % kMost];
  }
  const PieceCache::Key& key(std::size_t i) const noexcept {
    return batches_[i / kMost].keys[i % kMost];
  }

  PieceCache cache_;
  PieceLookup lookup_ = best_lookup();
  std::array<PieceBatch, kWordBatch / kMost> batches_;
  PieceBatch tail_;
  std::array<AbsentPart, kWordBatch> absent_;
  std::size_t absent_count_ = 0;
};

}  // namespace dsprep::sentencepiece
