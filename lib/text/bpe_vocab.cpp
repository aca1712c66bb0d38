#include "lib/text/bpe_vocab.h"

#include <bit>

namespace dsprep {

BpeVocab::BpeVocab(std::size_t tokens) {
  const std::size_t places = std::bit_ceil(2 * tokens + 2);
  shift_ = 64 - std::countr_zero(places);
  mask_ = places - 1;
  short_keys_.resize(places);
  short_ids_.resize(places);
  long_places_.resize(1024);
}

bool BpeVocab::insert(std::string_view bytes, TokenId id) {
  if (bytes.size() <= kMaxKeyed) {
    const PieceKey key = key_of(bytes);
    std::size_t i = hash_of(key) >> shift_;
    for (; short_keys_[i] != PieceKey{}; i = (i + 1) & mask_)
      if (short_keys_[i] == key) return false;
    short_keys_[i] = key;
    short_ids_[i] = id;
    return true;
  }
  if (find_long(bytes) != kNone) return false;
  if (2 * (long_.size() + 1) > long_places_.size()) grow_long();
  const std::uint64_t hash = hash_of(bytes);
  const std::size_t mask = long_places_.size() - 1;
  std::size_t i = hash & mask;
  while (long_places_[i] != 0) i = (i + 1) & mask;
  long_.push_back({hash, static_cast<std::uint32_t>(long_bytes_.size()),
                   static_cast<std::uint32_t>(bytes.size()), id});
  long_places_[i] = static_cast<std::uint32_t>(long_.size());
  long_bytes_ += bytes;
  return true;
}

void BpeVocab::grow_long() {
  const std::size_t places = 2 * long_places_.size();
  long_places_.assign(places, 0);
  for (std::uint32_t n = 0; n < long_.size(); ++n) {
    std::size_t i = long_[n].hash & (places - 1);
    while (long_places_[i] != 0) i = (i + 1) & (places - 1);
    long_places_[i] = n + 1;
  }
}

TokenId BpeVocab::find_long(std::string_view bytes) const noexcept {
  const std::uint64_t hash = hash_of(bytes);
  const std::size_t mask = long_places_.size() - 1;
  for (std::size_t i = hash & mask; long_places_[i] != 0; i = (i + 1) & mask) {
    const Long& token = long_[long_places_[i] - 1];
    if (token.hash == hash &&
        bytes == std::string_view(long_bytes_).substr(token.offset, token.length))
      return token.id;
  }
  return kNone;
}

}  // namespace dsprep
