#include "lib/text/word_cutter.h"

#include <algorithm>
#include <bit>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace dsprep {
namespace {

constexpr std::size_t kWindow = 64;

// Writes the numbers of the bits of `set`, counted from `base`; returns behind the last.
std::uint32_t* write_bits(std::uint64_t set, std::uint32_t base, std::uint32_t* to) noexcept {
  for (; set != 0; set &= set - 1) *to++ = base + static_cast<std::uint32_t>(std::countr_zero(set));
  return to;
}

}  // namespace

WordMasks mask_words_portable(const char* text, const WordTables& tables) {
  WordMasks masks;
  for (unsigned i = 0; i < kWindow; ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte >= 0x80) continue;
    masks.space |= std::uint64_t{tables.space[byte & 15U]} >> (byte >> 4) << 63 >> (63 - i);
    masks.alone |= std::uint64_t{tables.alone[byte & 15U]} >> (byte >> 4) << 63 >> (63 - i);
  }
  return masks;
}

#if defined(__x86_64__)
namespace {

// Bytes of `v` in the set that `table` tells, as 0xFF.
__attribute__((target("avx2"))) inline __m256i members(__m256i v, __m256i high, __m256i table) {
  return _mm256_cmpeq_epi8(_mm256_and_si256(_mm256_shuffle_epi8(table, v), high), high);
}

__attribute__((target("avx2"))) inline __m256i twice(const std::array<std::uint8_t, 16>& table) {
  __m128i half;
  std::memcpy(&half, table.data(), sizeof half);
  return _mm256_broadcastsi128_si256(half);
}

__attribute__((target("avx2"))) WordMasks mask_words_avx2(const char* text,
                                                          const WordTables& tables) {
  // The bit of a byte's upper half; of bytes that are not ASCII all bits, which no set has.
  const __m256i bits = _mm256_broadcastsi128_si256(
      _mm_setr_epi8(1, 2, 4, 8, 16, 32, 64, -128, -1, -1, -1, -1, -1, -1, -1, -1));
  const __m256i space = twice(tables.space), alone = twice(tables.alone);
  WordMasks masks;
  for (unsigned i = 0; i < kWindow; i += 32) {
    const __m256i v = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(text + i));
    const __m256i upper = _mm256_and_si256(_mm256_srli_epi16(v, 4), _mm256_set1_epi8(15));
    const __m256i high = _mm256_shuffle_epi8(bits, upper);
    const auto mask = [](__m256i bytes) __attribute__((target("avx2"))) {
      return std::uint64_t{static_cast<std::uint32_t>(_mm256_movemask_epi8(bytes))};
    };
    masks.space |= mask(members(v, high, space)) << i;
    masks.alone |= mask(members(v, high, alone)) << i;
  }
  return masks;
}

}  // namespace

MaskWords best_mask_words() noexcept {
  return __builtin_cpu_supports("avx2") ? mask_words_avx2 : mask_words_portable;
}
#else
MaskWords best_mask_words() noexcept { return mask_words_portable; }
#endif

WordCutter::WordCutter(const std::array<ByteClass, 128>& classes) noexcept
    : mask_words_(best_mask_words()) {
  for (unsigned c = 0; c < 128; ++c) {
    const auto bit = static_cast<std::uint8_t>(1U << (c >> 4));
    if (classes[c] == ByteClass::kSpace) tables_.space[c & 15] |= bit;
    if (classes[c] == ByteClass::kAlone) tables_.alone[c & 15] |= bit;
  }
}

void WordCutter::cut_64(const WordMasks& masks, Words& words) const noexcept {
  const std::uint64_t word = ~(masks.space | masks.alone);
  const std::uint64_t behind_word = word << 1 | words.word;
  const std::uint64_t begins = masks.alone | (word & ~behind_word);
  const std::uint64_t ends = (behind_word & ~word) | masks.alone << 1 | words.alone;
  const auto base = static_cast<std::uint32_t>(words.at);
  std::uint32_t* const begin = words.begins.data() + words.count + words.open;
  std::uint32_t* const end = words.ends.data() + words.count;
  const std::size_t begun = static_cast<std::size_t>(write_bits(begins, base, begin) - begin);
  const std::size_t ended = static_cast<std::size_t>(write_bits(ends, base, end) - end);
  words.open += begun - ended;
  words.count += ended;
  words.word = word >> 63;
  words.alone = masks.alone >> 63;
  words.at += kWindow;
}

bool WordCutter::next(std::string_view text, Words& words) const {
  if (words.open != 0) words.begins[0] = words.begins[words.count];
  words.count = 0;
  while (words.at < text.size() && words.count + kWindow < kWordBatch) {
    if (text.size() - words.at >= kWindow) {
      cut_64(mask_words_(text.data() + words.at, tables_), words);
      continue;
    }
    std::array<char, kWindow> rest{};
    std::ranges::copy(text.substr(words.at), rest.begin());
    WordMasks masks = mask_words_(rest.data(), tables_);
    masks.space |= ~std::uint64_t{0} << (text.size() - words.at);  // behind the text
    masks.alone &= ~masks.space;
    cut_64(masks, words);
  }
  if (words.at >= text.size() && words.open != 0) {
    words.ends[words.count++] = static_cast<std::uint32_t>(text.size());
    words.open = 0;
  }
  return words.count > 0;
}

}  // namespace dsprep
