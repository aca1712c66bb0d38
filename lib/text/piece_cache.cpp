#include "lib/text/piece_cache.h"

#include <algorithm>

namespace dsprep {

PieceCache::PieceCache() : sets_(kSets), longs_(kLongs) {}

// Where ids or bytes have no room left, all is forgotten.
void PieceCache::make_room(std::size_t ids, std::size_t bytes) {
  if (ids_.size() + ids <= kMaxIds && bytes_.size() + bytes <= kMaxBytes) return;
  std::ranges::fill(sets_, Set{});
  std::ranges::fill(longs_, Long{});
  ids_.clear();
  bytes_.clear();
}

std::uint32_t PieceCache::spill(std::span<const TokenId> ids) {
  const auto start = static_cast<std::uint32_t>(ids_.size());
  ids_.insert(ids_.end(), ids.begin(), ids.end());
  return start;
}

const PieceCache::Entry& PieceCache::insert(const PieceKey& key, std::span<const TokenId> ids) {
  Entry entry{.key = key, .ids = {}, .count = static_cast<std::uint32_t>(ids.size())};
  if (ids.size() <= kInline) {
    std::ranges::copy(ids, entry.ids);
  } else {
    make_room(ids.size(), 0);
    entry.ids[0] = spill(ids);
  }
  Set& set = sets_[hash_of(key) >> kShift];
  set.entries[1] = set.entries[0];
  set.entries[0] = entry;
  return set.entries[0];
}

std::span<const TokenId> PieceCache::find_long(std::string_view piece) const noexcept {
  const std::uint64_t hash = hash_of(piece);
  const Long& place = longs_[hash >> (64 - 13)];
  if (place.count == 0 || place.hash != hash ||
      piece != std::string_view(bytes_).substr(place.text, place.length))
    return {};
  return std::span(ids_).subspan(place.ids, place.count);
}

void PieceCache::insert_long(std::string_view piece, std::span<const TokenId> ids) {
  if (piece.size() > kMaxLong) return;
  make_room(ids.size(), piece.size());
  const std::uint64_t hash = hash_of(piece);
  longs_[hash >> (64 - 13)] = {hash, static_cast<std::uint32_t>(bytes_.size()),
                               static_cast<std::uint32_t>(piece.size()), spill(ids),
                               static_cast<std::uint32_t>(ids.size())};
  bytes_ += piece;
}

}  // namespace dsprep
