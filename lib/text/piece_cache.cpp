#include "lib/text/piece_cache.h"

#include <algorithm>
#include <utility>

#include "lib/text/piece_key.h"

namespace dsprep {

void PieceCache::trim() {
  if (spilled_.size() <= kMaxIds && bytes_.size() <= kMaxBytes) return;
  places_.clear();
  longs_.clear();
  spilled_.clear();
  bytes_.clear();
}

bool PieceCache::take_place(Entry& first, const Key& key) noexcept {
  if (first.key == key) return false;
  Entry& other = beside(first);
  if (other.key == key && !is_new(first)) std::swap(first, other);
  if (first.key == key || other.key == key || is_new(first)) return false;
  // One id is found again soon; more of them took work, and stay.
  if (!is_new(other) && (first.count > 1 || other.count <= 1)) other = first;
  first.key = key;
  first.count = 0;
  return true;
}

void PieceCache::insert(std::string_view piece, Entry* place, std::span<const TokenId> ids) {
  if (place != nullptr) {
    set_ids(*place, ids);
  } else if (piece.size() <= kMaxLong) {
    insert_long(piece, ids);
  }
}

const PieceCache::Entry* PieceCache::find(std::string_view piece, const Key& key,
                                          const Entry& first) const noexcept {
  if (is_long(piece)) return find_long(piece);
  const Entry& other = places_[beside_of(first)];
  return first.key == key ? &first : other.key == key ? &other : nullptr;
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
