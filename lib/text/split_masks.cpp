#include "lib/text/split_masks.h"

#include <array>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace dsprep {
namespace {

enum Kind : unsigned char {
  kUpper = 1,
  kLower = 2,
  kNumber = 4,
  kSpace = 8,
  kNewline = 16,
  kBlank = 32,
  kApostrophe = 64,
  kControl = 128,
};

constexpr std::array<unsigned char, 128> make_kinds() {
  std::array<unsigned char, 128> kinds{};
  for (unsigned char c = 0; c < 128; ++c) {
    unsigned char& kind = kinds[c];
    if (c >= 'A' && c <= 'Z') kind = kUpper;
    if (c >= 'a' && c <= 'z') kind = kLower;
    if (c >= '0' && c <= '9') kind = kNumber;
    if (c < ' ' || c == 0x7F) kind = kControl;
    if (c >= '\t' && c <= '\r') kind = kSpace;
    if (c == '\n' || c == '\r') kind |= kNewline;
    if (c == ' ') kind = kSpace | kBlank;
    if (c == '\'') kind = kApostrophe;
  }
  return kinds;
}
alignas(64) constexpr std::array<unsigned char, 128> kKinds = make_kinds();

}  // namespace

void sort_bytes_portable(const unsigned char* text, AsciiMasks& masks) {
  masks = {};
  for (unsigned i = 0; i < 64; ++i) {
    const std::uint64_t bit = std::uint64_t{1} << i;
    if (text[i] >= 0x80) {
      masks.high |= bit;
      if (text[i] < 0xC0) masks.continuation |= bit;
      continue;
    }
    const unsigned char kind = kKinds[text[i]];
    if (kind & kUpper) masks.upper |= bit;
    if (kind & kLower) masks.lower |= bit;
    if (kind & kNumber) masks.number |= bit;
    if (kind & kSpace) masks.space |= bit;
    if (kind & kNewline) masks.newline |= bit;
    if (kind & kBlank) masks.blank |= bit;
    if (kind & kApostrophe) masks.apostrophe |= bit;
    if (kind & kControl) masks.control |= bit;
  }
}

#if defined(__x86_64__)
namespace {

__attribute__((target("avx512f,avx512bw,avx512vbmi"))) void sort_bytes_avx512(
    const unsigned char* text, AsciiMasks& masks) {
  const __m512i bytes = _mm512_loadu_si512(text);
  const __mmask64 high = _mm512_movepi8_mask(bytes);
  const __m512i kinds = _mm512_maskz_permutex2var_epi8(
      ~high, _mm512_load_si512(kKinds.data()), bytes, _mm512_load_si512(kKinds.data() + 64));
  const auto of = [&](Kind kind) __attribute__((target("avx512f,avx512bw"))) {
    return _mm512_test_epi8_mask(kinds, _mm512_set1_epi8(static_cast<char>(kind)));
  };
  masks.upper = of(kUpper);
  masks.lower = of(kLower);
  masks.number = of(kNumber);
  masks.space = of(kSpace);
  masks.newline = of(kNewline);
  masks.blank = of(kBlank);
  masks.apostrophe = of(kApostrophe);
  masks.control = of(kControl);
  masks.high = high;
  masks.continuation =
      _mm512_mask_cmplt_epi8_mask(high, bytes, _mm512_set1_epi8(static_cast<char>(0xC0)));
}

// Bytes of `v` in [first, last], both ASCII, as 0xFF.
__attribute__((target("avx2"))) inline __m256i between(__m256i v, char first, char last) {
  const __m256i above = _mm256_cmpgt_epi8(v, _mm256_set1_epi8(static_cast<char>(first - 1)));
  return _mm256_andnot_si256(_mm256_cmpgt_epi8(v, _mm256_set1_epi8(last)), above);
}

__attribute__((target("avx2"))) inline std::uint64_t bits(__m256i low, __m256i high) {
  return static_cast<std::uint32_t>(_mm256_movemask_epi8(low)) |
         std::uint64_t{static_cast<std::uint32_t>(_mm256_movemask_epi8(high))} << 32;
}

__attribute__((target("avx2"))) void sort_bytes_avx2(const unsigned char* text, AsciiMasks& masks) {
  const __m256i a = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(text));
  const __m256i b = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(text + 32));
  const auto in = [&](char first, char last) __attribute__((target("avx2"))) {
    return bits(between(a, first, last), between(b, first, last));
  };
  const auto is = [&](char c) __attribute__((target("avx2"))) {
    const __m256i value = _mm256_set1_epi8(c);
    return bits(_mm256_cmpeq_epi8(a, value), _mm256_cmpeq_epi8(b, value));
  };
  masks.upper = in('A', 'Z');
  masks.lower = in('a', 'z');
  masks.number = in('0', '9');
  masks.blank = is(' ');
  masks.space = in('\t', '\r') | masks.blank;
  masks.newline = is('\n') | is('\r');
  masks.apostrophe = is('\'');
  masks.control = (in(0, 0x1F) & ~masks.space) | is(0x7F);
  masks.high = bits(a, b);
  const __m256i lead = _mm256_set1_epi8(static_cast<char>(0xC0));
  masks.continuation = bits(_mm256_cmpgt_epi8(lead, a), _mm256_cmpgt_epi8(lead, b));
}

}  // namespace

SortBytes best_sort_bytes() noexcept {
  if (__builtin_cpu_supports("avx512vbmi") && __builtin_cpu_supports("avx512bw"))
    return sort_bytes_avx512;
  return __builtin_cpu_supports("avx2") ? sort_bytes_avx2 : sort_bytes_portable;
}
#else
SortBytes best_sort_bytes() noexcept { return sort_bytes_portable; }
#endif

}  // namespace dsprep
