#include "lib/text/bpe_vocab.h"

#include <bit>
#include <string>

#include "dsprep/error.h"

namespace dsprep {

namespace {

std::size_t checked(std::size_t tokens) {
  if (tokens <= BpeVocab::kMostTokens) return tokens;
  throw Error(ErrorCode::kTooLarge,
              "a byte-pair vocabulary of " + std::to_string(tokens) + " tokens", {},
              "the most are " + std::to_string(BpeVocab::kMostTokens));
}

}  // namespace

BpeVocab::BpeVocab(std::size_t tokens) {
  const std::size_t places = std::bit_ceil(2 * checked(tokens) + 2);
  shift_ = 64 - std::countr_zero(places);
  mask_ = places - 1;
  slots_.resize(places);
  short_.reserve(tokens + 1);
  short_.emplace_back();
  long_places_.resize(1024);
}

bool BpeVocab::insert(std::string_view bytes, TokenId id) {
  if (bytes.size() <= kMaxKeyed) {
    const PieceKey key = key_of(bytes);
    if (find(key) != kNone) return false;
    const std::uint64_t hash = hash_of(key);
    std::size_t i = hash >> shift_;
    while (slots_[i] != 0) i = (i + 1) & mask_;
    slots_[i] = tag_of_hash(hash) << kNumberBits | static_cast<std::uint32_t>(short_.size());
    short_.push_back({key, id});
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
