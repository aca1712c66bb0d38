#include "lib/text/word_cache.h"

#include <algorithm>

namespace dsprep {

const WordCache::Entry* WordCache::find(std::string_view part) const noexcept {
  const std::uint64_t hash = hash_of(part);
  const Long& place = longs_[hash >> (64 - kLongBits)];
  if (place.hash != hash || part != std::string_view(text_).substr(place.text, place.length))
    return nullptr;
  return &place.entry;
}

// All that may need the room is forgotten where there is none: that is rare, and needs no
// bookkeeping.
void WordCache::make_room(std::size_t ids, std::size_t bytes) {
  const bool has_ids = spilled_.size() + ids <= kMaxSpilled;
  if (has_ids && text_.size() + bytes <= kMaxText) return;
  std::ranges::fill(longs_, Long{});
  text_.clear();
  if (has_ids) return;
  std::ranges::fill(sets_, Set{});
  spilled_.clear();
}

WordCache::Entry& WordCache::place_for(std::string_view part) {
  if (part.size() <= kMaxKeyed) {
    const PieceKey key = key_of(part);
    auto& entries = sets_[place_of(key)].entries;
    if (entries[1].key == key) return entries[1];
    if (entries[0].key != key) entries[1] = entries[0];
    entries[0].key = key;
    return entries[0];
  }
  const std::uint64_t hash = hash_of(part);
  Long& place = longs_[hash >> (64 - kLongBits)];
  if (place.hash != hash || part != std::string_view(text_).substr(place.text, place.length)) {
    place.hash = hash;
    place.text = static_cast<std::uint32_t>(text_.size());
    place.length = static_cast<std::uint32_t>(part.size());
    text_ += part;
  }
  return place.entry;
}

WordCache::Entry& WordCache::put(std::string_view part, std::span<const TokenId> ids) {
  make_room(ids.size() > kInside ? ids.size() : 0, part.size() > kMaxKeyed ? part.size() : 0);
  Entry& entry = place_for(part);
  entry.count = static_cast<std::uint8_t>(ids.size());
  entry.floor = 0;
  entry.limit = 0;
  if (ids.size() <= kInside) {
    std::ranges::copy(ids, entry.ids.begin());
  } else {
    entry.ids[0] = static_cast<TokenId>(spilled_.size());
    spilled_.insert(spilled_.end(), ids.begin(), ids.end());
  }
  return entry;
}

}  // namespace dsprep
