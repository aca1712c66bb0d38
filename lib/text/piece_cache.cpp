#include "lib/text/piece_cache.h"

#include <algorithm>

#include "lib/text/piece_key.h"

namespace dsprep {

void PieceCache::trim() {
  if (spilled_.size() <= kMaxIds && bytes_.size() <= kMaxBytes) return;
  places_.clear();
  longs_.clear();
  spilled_.clear();
  bytes_.clear();
}

void PieceCache::set_ids(Entry& entry, std::span<const TokenId> ids) {
  entry.count = static_cast<std::uint32_t>(ids.size());
  if (ids.size() <= kInline) {
    std::ranges::copy(ids, entry.ids.begin());
    return;
  }
  entry.ids[0] = static_cast<TokenId>(spilled_.size());
  spilled_.insert(spilled_.end(), ids.begin(), ids.end());
}

const PieceCache::Entry* PieceCache::find_long(std::string_view piece) const noexcept {
  const std::uint64_t hash = hash_of(piece);
  const Long& place = longs_[hash >> (64 - kLongBits)];
  if (place.hash != hash || piece != std::string_view(bytes_).substr(place.text, place.length))
    return nullptr;
  return &place.entry;
}

void PieceCache::insert_long(std::string_view piece, std::span<const TokenId> ids) {
  const std::uint64_t hash = hash_of(piece);
  Long& place = longs_[hash >> (64 - kLongBits)];
  place = {hash,
           static_cast<std::uint32_t>(bytes_.size()),
           static_cast<std::uint32_t>(piece.size()),
           {}};
  set_ids(place.entry, ids);
  bytes_ += piece;
}

}  // namespace dsprep
