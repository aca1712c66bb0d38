#include "lib/text/piece_cache.h"

#include <algorithm>

namespace dsprep {

PieceCache::PieceCache() : sets_(std::size_t{1} << kSetBits), longs_(std::size_t{1} << kLongBits) {}

void PieceCache::make_room(std::size_t ids) {
  if (ids_.size() + ids <= kMaxIds && bytes_.size() <= kMaxBytes) return;
  std::ranges::fill(sets_, Set{});
  std::ranges::fill(longs_, Long{});
  ids_.clear();
  bytes_.clear();
}

void PieceCache::set_ids(Entry& entry, std::span<const TokenId> ids) {
  entry.count = static_cast<std::uint32_t>(ids.size());
  if (ids.size() <= kInline) {
    std::ranges::copy(ids, entry.ids);
    return;
  }
  entry.ids[0] = static_cast<TokenId>(ids_.size());
  ids_.insert(ids_.end(), ids.begin(), ids.end());
}

void PieceCache::insert(const Entry& entry) noexcept {
  Set& set = sets_[hash_of(entry.key) >> kShift];
  if (set.entries[0].key == entry.key) return;  // a batch may miss a piece twice
  set.entries[1] = set.entries[0];
  set.entries[0] = entry;
}

bool PieceCache::find_long(std::string_view piece, Entry& entry) const noexcept {
  const std::uint64_t hash = hash_of(piece);
  const Long& place = longs_[hash >> kLongShift];
  if (place.hash != hash || piece != std::string_view(bytes_).substr(place.text, place.length))
    return false;
  entry = place.entry;
  return true;
}

void PieceCache::insert_long(std::string_view piece, const Entry& entry) {
  if (piece.size() > kMaxLong) return;
  const std::uint64_t hash = hash_of(piece);
  longs_[hash >> kLongShift] = {hash, static_cast<std::uint32_t>(bytes_.size()),
                                static_cast<std::uint32_t>(piece.size()), entry};
  bytes_ += piece;
}

}  // namespace dsprep
