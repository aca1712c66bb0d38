// Looks up many parts of a text in a row, in passes: the cache's memory is asked for long before it is
// needed.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "lib/text/word_cache.h"

namespace dsprep {

/// Parts that are looked up together.
inline constexpr std::size_t kWordBatch = 512;

/// Parts of a text: part i is text[begins[i], ends[i]), not empty; count is at most kWordBatch.
struct WordSpans {
  std::string_view text;
  const std::uint32_t* begins;
  const std::uint32_t* ends;
  std::size_t count;

  std::string_view operator[](std::size_t i) const noexcept {
    return {text.data() + begins[i], ends[i] - begins[i]};
  }
};

/// The keys of a batch of parts, and where they belong in a cache.
class WordKeys {
 public:
  WordKeys(const WordSpans& words, const WordCache& cache) noexcept {
    const std::string_view text = words.text;
    for (std::size_t i = 0; i < words.count; ++i) {
      const std::uint32_t begin = words.begins[i];
      const std::size_t length = words.ends[i] - begin;
      if (length > kMaxKeyed) continue;
      keys_[i] = text.size() - begin >= 16 ? key_of_padded(text.data() + begin, length)
                                           : key_of(text.substr(begin, length));
      places_[i] = cache.place_of(keys_[i]);
    }
  }

  /// What the cache knows of part i, which is `part`; null if nothing.
  const WordCache::Entry* find(std::size_t i, std::string_view part,
                               const WordCache& cache) const noexcept {
    if (part.size() <= kMaxKeyed) [[likely]]
      return cache.find(keys_[i], places_[i]);
    return part.size() <= WordCache::kMostBytes ? cache.find(part) : nullptr;
  }

 private:
  std::array<PieceKey, kWordBatch> keys_;
  std::array<std::uint32_t, kWordBatch> places_;
};

/// Calls known(entry, part) for the parts that the cache has, missing(part) for the others, in
/// order; both may change the cache.
template <class Known, class Missing>
void look_up_words(const WordSpans& words, const WordCache& cache, Known known, Missing missing) {
  const WordKeys keys(words, cache);
  for (std::size_t i = 0; i < words.count; ++i) {
    const std::string_view part = words[i];
    if (const WordCache::Entry* const entry = keys.find(i, part, cache)) [[likely]] {
      known(*entry, part);
    } else {
      missing(part);
    }
  }
}

}  // namespace dsprep
