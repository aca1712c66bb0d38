#include "lib/text/piece_lookup.h"

#include <algorithm>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace dsprep {
namespace {

using Entry = PieceCache::Entry;

const Entry& entry_at(const Entry* entries, std::uint32_t place) noexcept {
  return entries[place / sizeof(Entry)];
}

void find_places(const char* text, std::uint32_t start, std::span<const std::uint32_t> ends,
                const Entry* entries, PieceBatch& batch) {
  for (std::size_t i = 0; i < ends.size(); ++i) {
    const std::size_t length = ends[i] - start;
    const PieceKey key =
        length <= PieceCache::kMaxShort ? key_of_padded(text + start, length) : kLongKey;
    batch.keys[i] = key;
    batch.places[i] = static_cast<std::uint32_t>(hash_of(key) >> 32) & PieceCache::kPlaceMask;
    __builtin_prefetch(&entry_at(entries, batch.places[i]));
    start = ends[i];
  }
}

void add_gap(const PieceBatch& batch, std::size_t i, PieceOutput& out) {
  out.gaps[out.gap_count++] = {batch.keys[i], batch.places[i],
                               out.pieces + static_cast<std::uint32_t>(i),
                               static_cast<std::uint32_t>(out.count)};
}

void copy_ids(const PieceBatch& batch, std::size_t count, const Entry* entries, PieceOutput& out) {
  for (std::size_t i = 0; i < count; ++i) {
    const Entry& entry = entry_at(entries, batch.places[i]);
    if (entry.key != batch.keys[i]) {
      add_gap(batch, i, out);
      continue;
    }
    for (std::size_t k = 0; k < PieceCache::kInline; ++k) out.ids[out.count + k] = entry.ids[k];
    out.count += entry.ids.count();
  }
  out.pieces += static_cast<std::uint32_t>(count);
}

#if defined(__x86_64__)
#define DSPREP_AVX2 __attribute__((target("avx2,aes,bmi,bmi2")))

// By length: the bytes to keep, and what stands behind them. The last one: a longer piece.
struct alignas(32) Padding {
  PieceKey kept, length;
};
constexpr auto kPadding = [] {
  std::array<Padding, kMaxKeyed + 2> padding{};
  for (std::size_t n = 0; n <= kMaxKeyed; ++n)
    padding[n] = {kKeyMasks[n], {0, std::uint64_t{n} << 56}};
  padding[kMaxKeyed + 1].length = kLongKey;
  return padding;
}();

// Two rounds of AES make every bit of the key count in every bit of the result.
DSPREP_AVX2 inline std::uint32_t hash_of(__m128i key) {
  const __m128i salt = _mm_set_epi64x(0x13198A2E03707344, 0x243F6A8885A308D3);
  return static_cast<std::uint32_t>(
      _mm_cvtsi128_si32(_mm_aesenc_si128(_mm_aesenc_si128(key, salt), salt)));
}

DSPREP_AVX2 void find_places_avx2(const char* text, std::uint32_t start,
                                 std::span<const std::uint32_t> ends, const Entry* entries,
                                 PieceBatch& batch) {
  auto* key_out = batch.keys.data();
  auto* place_out = batch.places.data();
#pragma GCC unroll 4
  for (const std::uint32_t end : ends) {
    const std::uint32_t length = std::min<std::uint32_t>(end - start, kMaxKeyed + 1);
    const auto* const padding = reinterpret_cast<const __m128i*>(&kPadding[length]);
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text + start));
    const __m128i key =
        _mm_or_si128(_mm_and_si128(bytes, _mm_load_si128(padding)), _mm_load_si128(padding + 1));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(key_out++), key);
    const std::uint32_t place = hash_of(key) & PieceCache::kPlaceMask;
    _mm_prefetch(reinterpret_cast<const char*>(entries) + place, _MM_HINT_T0);
    *place_out++ = place;
    start = end;
  }
}

DSPREP_AVX2 void copy_ids_avx2(const PieceBatch& batch, std::size_t count, const Entry* entries,
                               PieceOutput& out) {
  // Three bytes to four.
  const __m256i unpack = _mm256_setr_epi8(0, 1, 2, -1, 3, 4, 5, -1, 6, 7, 8, -1, 9, 10, 11, -1,  //
                                          12, 13, 14, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
                                          -1, -1);
  TokenId* next = out.ids + out.count;
#pragma GCC unroll 4
  for (std::size_t i = 0; i < count; ++i) {
    const char* const entry = reinterpret_cast<const char*>(entries) + batch.places[i];
    const auto* const words = reinterpret_cast<const __m128i*>(entry);
    const __m128i key = _mm_loadu_si128(reinterpret_cast<const __m128i*>(&batch.keys[i]));
    const __m128i other = _mm_xor_si128(key, _mm_load_si128(words));
    if (_mm_testz_si128(other, other) == 0) [[unlikely]] {
      out.count = static_cast<std::size_t>(next - out.ids);
      add_gap(batch, i, out);
      continue;
    }
    const __m256i packed = _mm256_broadcastsi128_si256(_mm_load_si128(words + 1));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(next), _mm256_shuffle_epi8(packed, unpack));
    next += reinterpret_cast<const Entry*>(entry)->ids.count();
  }
  out.count = static_cast<std::size_t>(next - out.ids);
  out.pieces += static_cast<std::uint32_t>(count);
}
#endif

}  // namespace

const PieceLookup kPortableLookup = {find_places, copy_ids};

PieceLookup best_lookup() noexcept {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("aes") &&
      __builtin_cpu_supports("bmi2"))
    return {find_places_avx2, copy_ids_avx2};
#endif
  return kPortableLookup;
}

}  // namespace dsprep
