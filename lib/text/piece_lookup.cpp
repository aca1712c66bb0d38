#include "lib/text/piece_lookup.h"

#include <algorithm>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace dsprep {
namespace {

using Key = PieceCache::Key;
using Entry = PieceCache::Entry;

// Ids are copied all, whatever their number: that is one move, and no branch to guess.
constexpr std::size_t kIdBytes = sizeof(Entry) - sizeof(Key);

bool is_inline(std::uint32_t count) noexcept { return count - 1 < PieceCache::kInline; }

void find_places(const char* text, std::uint32_t start, std::span<const std::uint32_t> ends,
                 Entry* places, PieceBatch& batch) {
  for (std::size_t i = 0; i < ends.size(); ++i) {
    const std::size_t length = ends[i] - start;
    Key key;
    if (length <= PieceCache::kMaxShort) {
      std::memset(key.words.data(), 0xFF, length);
      for (std::size_t at = 0, w = 0; at < length; at += 8, ++w) {
        std::uint64_t word;
        std::memcpy(&word, text + start + at, 8);
        key.words[w] &= ~word;
      }
    }
    std::uint64_t hash = 0;
    for (const std::uint64_t word : key.words) {
      hash = (hash ^ word) * 0x9E3779B97F4A7C15U;
      hash ^= hash >> 32;
    }
    batch.keys[i] = key;
    batch.places[i] = &places[hash & PieceCache::kPlaceMask];
    __builtin_prefetch(batch.places[i]);
    start = ends[i];
  }
}

std::size_t copy_ids(const PieceBatch& batch, std::size_t first, std::size_t count, TokenId*& out) {
  for (; first < count; ++first) {
    const Entry& entry = *batch.places[first];
    if (entry.key != batch.keys[first] || !is_inline(entry.count)) break;
    std::memcpy(out, entry.ids.data(), kIdBytes);
    out += entry.count;
  }
  return first;
}

std::size_t list_new(const PieceBatch& batch, std::size_t first, std::size_t count,
                     std::uint16_t* out) {
  std::size_t listed = 0;
  for (; first < count; ++first) {
    const Key& key = batch.keys[first];
    out[listed] = static_cast<std::uint16_t>(first);
    listed += key == Key{} || batch.places[first]->key != key ? 1 : 0;
  }
  return listed;
}

#if defined(__x86_64__)
#define DSPREP_AVX2 __attribute__((target("avx2,aes,bmi,bmi2")))

// Read at 32 - n: n bytes of ones, then zeros.
alignas(64) constexpr auto kOnes = [] {
  std::array<unsigned char, 64> ones{};
  std::fill_n(ones.begin(), 32, 0xFF);
  return ones;
}();

// Three rounds of AES make every bit of the key count in every bit of the result.
DSPREP_AVX2 inline std::uint32_t hash_of(__m256i key) {
  const __m128i high = _mm256_extracti128_si256(key, 1);
  __m128i x = _mm_aesenc_si128(_mm256_castsi256_si128(key), high);
  x = _mm_aesenc_si128(_mm_aesenc_si128(x, x), high);
  return static_cast<std::uint32_t>(_mm_cvtsi128_si32(x));
}

DSPREP_AVX2 void find_places_avx2(const char* text, std::uint32_t start,
                                  std::span<const std::uint32_t> ends, Entry* places,
                                  PieceBatch& batch) {
  const std::uint32_t* const end = ends.data() + ends.size();
  auto* key = batch.keys.data();
  auto* place = batch.places.data();
  for (const std::uint32_t* e = ends.data(); e != end; ++e) {
    const std::size_t length = *e - start;
    const std::size_t kept = length <= PieceCache::kMaxShort ? length : 0;
    const __m256i bytes = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(text + start));
    const __m256i mask =
        _mm256_loadu_si256(reinterpret_cast<const __m256i*>(kOnes.data() + 32 - kept));
    const __m256i words = _mm256_andnot_si256(bytes, mask);
    _mm256_store_si256(reinterpret_cast<__m256i*>(key++), words);
    Entry* const found = &places[hash_of(words) & PieceCache::kPlaceMask];
    _mm_prefetch(reinterpret_cast<const char*>(found), _MM_HINT_T0);
    *place++ = found;
    start = *e;
  }
}

DSPREP_AVX2 std::size_t copy_ids_avx2(const PieceBatch& batch, std::size_t first, std::size_t count,
                                      TokenId*& out) {
  TokenId* next = out;
  for (; first < count; ++first) {
    const Entry& entry = *batch.places[first];
    const auto* const words = reinterpret_cast<const __m256i*>(&entry);
    const __m256i key = _mm256_load_si256(reinterpret_cast<const __m256i*>(&batch.keys[first]));
    const __m256i equal = _mm256_cmpeq_epi8(key, _mm256_load_si256(words));
    if (_mm256_movemask_epi8(equal) != -1 || !is_inline(entry.count)) [[unlikely]]
      break;
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(next), _mm256_load_si256(words + 1));
    next += entry.count;
  }
  out = next;
  return first;
}

DSPREP_AVX2 std::size_t list_new_avx2(const PieceBatch& batch, std::size_t first, std::size_t count,
                                      std::uint16_t* out) {
  std::size_t listed = 0;
  for (; first < count; ++first) {
    const __m256i key = _mm256_load_si256(reinterpret_cast<const __m256i*>(&batch.keys[first]));
    const __m256i there =
        _mm256_load_si256(reinterpret_cast<const __m256i*>(&batch.places[first]->key));
    const bool same = _mm256_movemask_epi8(_mm256_cmpeq_epi8(key, there)) == -1;
    out[listed] = static_cast<std::uint16_t>(first);
    listed += static_cast<std::size_t>(static_cast<int>(!same) | _mm256_testz_si256(key, key));
  }
  return listed;
}
#endif

}  // namespace

const PieceLookup kPortableLookup = {find_places, copy_ids, list_new};

PieceLookup best_lookup() noexcept {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("aes") &&
      __builtin_cpu_supports("bmi2"))
    return {find_places_avx2, copy_ids_avx2, list_new_avx2};
#endif
  return kPortableLookup;
}

}  // namespace dsprep
