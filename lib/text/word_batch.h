// Looks up many parts of a text in a row, in two passes: the cache's memory is asked for long before
// it is needed.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "lib/text/word_cache.h"

namespace dsprep {

/// Parts that are looked up together.
inline constexpr std::size_t kWordBatch = 256;

/// Calls known(entry, part) for the parts that the cache has, missing(part) for the others, in
/// order; both may change the cache. Part i is text[begins[i], ends[i]), not empty; count is at
/// most kWordBatch.
template <class Known, class Missing>
void look_up_words(std::string_view text, const std::uint32_t* begins, const std::uint32_t* ends,
                   std::size_t count, WordCache& cache, Known known, Missing missing) {
  std::array<PieceKey, kWordBatch> keys;
  std::array<std::uint32_t, kWordBatch> places;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t length = ends[i] - begins[i];
    if (length > kMaxKeyed) continue;
    keys[i] = text.size() - begins[i] >= 16 ? key_of_padded(text.data() + begins[i], length)
                                            : key_of(text.substr(begins[i], length));
    places[i] = cache.place_of(keys[i]);
  }
  for (std::size_t i = 0; i < count; ++i) {
    const std::string_view part(text.data() + begins[i], ends[i] - begins[i]);
    const WordCache::Entry* entry = nullptr;
    if (part.size() <= kMaxKeyed) [[likely]] {
      entry = cache.find(keys[i], places[i]);
    } else if (part.size() <= WordCache::kMostBytes) {
      entry = cache.find(part);
    }
    if (entry != nullptr) [[likely]] {
      known(*entry, part);
    } else {
      missing(part);
    }
  }
}

}  // namespace dsprep
