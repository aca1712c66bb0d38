#include "lib/text/piece_cache.h"

namespace dsprep {

void PieceCache::trim() {
  if (kept_.size() > kMaxIds) {
    entries_.clear();
    kept_.clear();
  } else if (bytes_.size() <= kMaxBytes) {
    return;
  }
  longs_.clear();  // its ids are kept ones, too
  bytes_.clear();
}

void PieceCache::insert(const PieceKey& key, std::uint32_t place, const Ids& ids) noexcept {
  Entry& first = at(place);
  Entry& beside = at(place ^ sizeof(Entry));
  if (!first.ids.is_cheap() || beside.ids.is_cheap()) beside = first;  // what took work stays
  first.set(key, ids);
}

PieceCache::Range PieceCache::put(std::span<const TokenId> ids) {
  const Range range{static_cast<std::uint32_t>(kept_.size()),
                    static_cast<std::uint32_t>(ids.size())};
  kept_.insert(kept_.end(), ids.begin(), ids.end());
  return range;
}

PieceCache::Ids PieceCache::keep(std::span<const TokenId> ids) {
  return Ids::fits(ids) ? Ids::of(ids) : Ids::elsewhere(put(ids));
}

PieceCache::Range PieceCache::find_long(std::string_view piece, std::uint64_t hash) const noexcept {
  const Long& place = longs_[hash >> (64 - kLongBits)];
  if (place.hash != hash || piece != std::string_view(bytes_).substr(place.text, place.length))
    return {};
  return place.ids;
}

void PieceCache::insert_long(std::string_view piece, std::uint64_t hash,
                             std::span<const TokenId> ids) {
  longs_[hash >> (64 - kLongBits)] = {hash, static_cast<std::uint32_t>(bytes_.size()),
                                      static_cast<std::uint32_t>(piece.size()), put(ids)};
  bytes_ += piece;
}

}  // namespace dsprep
