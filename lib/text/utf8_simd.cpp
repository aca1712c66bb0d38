// Validation of 32 bytes at a time by three table lookups: Keiser and Lemire, "Validating UTF-8 in
// less than one instruction per byte", Software: Practice and Experience 51 (2021).
#include "lib/text/utf8_simd.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define DSPREP_AVX2 __attribute__((target("avx2")))
#endif

namespace dsprep {
#if defined(__x86_64__)
namespace {

// What can be wrong with two bytes in a row; a bit stays set where all three lookups have it.
enum Fault : unsigned char {
  kTooShort = 1 << 0,      // a lead byte, then no continuation
  kTooLong = 1 << 1,       // ASCII, then a continuation
  kOverlong3 = 1 << 2,     // E0 80..9F
  kTooLarge = 1 << 3,      // F4 90.., F5..
  kSurrogate = 1 << 4,     // ED A0..
  kOverlong2 = 1 << 5,     // C0, C1
  kTooLarge1000 = 1 << 6,  // F5.. 80..8F; with kOverlong4 F0 80..8F
  kTwoContinuations = 1 << 7,
};
constexpr unsigned char kCarry = kTooShort | kTooLong | kTwoContinuations;
constexpr unsigned char kOverlong4 = kTooLarge1000;

// By the high half of the first byte, its low half, and the high half of the second.
alignas(16) constexpr unsigned char kFirstHigh[16] = {
    kTooLong,
    kTooLong,
    kTooLong,
    kTooLong,
    kTooLong,
    kTooLong,
    kTooLong,
    kTooLong,
    kTwoContinuations,
    kTwoContinuations,
    kTwoContinuations,
    kTwoContinuations,
    kTooShort | kOverlong2,
    kTooShort,
    kTooShort | kOverlong3 | kSurrogate,
    kTooShort | kTooLarge | kTooLarge1000 | kOverlong4};
constexpr unsigned char kLarge = kCarry | kTooLarge | kTooLarge1000;
alignas(16) constexpr unsigned char kFirstLow[16] = {kCarry | kOverlong3 | kOverlong2 | kOverlong4,
                                                     kCarry | kOverlong2,
                                                     kCarry,
                                                     kCarry,
                                                     kCarry | kTooLarge,
                                                     kLarge,
                                                     kLarge,
                                                     kLarge,
                                                     kLarge,
                                                     kLarge,
                                                     kLarge,
                                                     kLarge,
                                                     kLarge,
                                                     kLarge | kSurrogate,
                                                     kLarge,
                                                     kLarge};
constexpr unsigned char kContinued = kTooLong | kOverlong2 | kTwoContinuations;
alignas(16) constexpr unsigned char kSecondHigh[16] = {
    kTooShort,
    kTooShort,
    kTooShort,
    kTooShort,
    kTooShort,
    kTooShort,
    kTooShort,
    kTooShort,
    kContinued | kOverlong3 | kTooLarge1000 | kOverlong4,
    kContinued | kOverlong3 | kTooLarge,
    kContinued | kSurrogate | kTooLarge,
    kContinued | kSurrogate | kTooLarge,
    kTooShort,
    kTooShort,
    kTooShort,
    kTooShort};

DSPREP_AVX2 inline __m256i table(const unsigned char* values) {
  return _mm256_broadcastsi128_si256(_mm_load_si128(reinterpret_cast<const __m128i*>(values)));
}

// The bytes that stand N places before each byte.
template <int N>
DSPREP_AVX2 inline __m256i before(__m256i now, __m256i last) {
  return _mm256_alignr_epi8(now, _mm256_permute2x128_si256(last, now, 0x21), 16 - N);
}

DSPREP_AVX2 inline __m256i high_half(__m256i bytes) {
  return _mm256_and_si256(_mm256_srli_epi16(bytes, 4), _mm256_set1_epi8(0x0F));
}

// Not zero where a byte of `now` is wrong after what stands before it.
DSPREP_AVX2 inline __m256i faults(__m256i now, __m256i last) {
  const __m256i one = before<1>(now, last);
  const __m256i low = _mm256_and_si256(one, _mm256_set1_epi8(0x0F));
  const __m256i pair =
      _mm256_and_si256(_mm256_and_si256(_mm256_shuffle_epi8(table(kFirstHigh), high_half(one)),
                                        _mm256_shuffle_epi8(table(kFirstLow), low)),
                       _mm256_shuffle_epi8(table(kSecondHigh), high_half(now)));
  // A third byte follows E0.. and a fourth F0..: only there two continuations in a row are right.
  const __m256i third = _mm256_subs_epu8(before<2>(now, last), _mm256_set1_epi8(char(0xE0 - 0x80)));
  const __m256i fourth =
      _mm256_subs_epu8(before<3>(now, last), _mm256_set1_epi8(char(0xF0 - 0x80)));
  const __m256i expected =
      _mm256_and_si256(_mm256_or_si256(third, fourth), _mm256_set1_epi8(char(0x80)));
  return _mm256_xor_si256(pair, expected);
}

DSPREP_AVX2 std::size_t prefix_avx2(std::string_view text) {
  __m256i last = _mm256_setzero_si256();
  std::size_t i = 0;
  for (; i + 32 <= text.size(); i += 32) {
    const __m256i now = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(text.data() + i));
    if (_mm256_movemask_epi8(_mm256_or_si256(now, last)) != 0) {
      const __m256i bad = faults(now, last);
      if (!_mm256_testz_si256(bad, bad)) break;
    }
    last = now;
  }
  // The last vector may have cut a character: back to its lead byte.
  for (std::size_t back = 1; back <= 3 && back <= i; ++back) {
    const auto byte = static_cast<unsigned char>(text[i - back]);
    if (byte < 0x80) break;
    if (byte >= 0xC0) return i - back;
  }
  return i;
}

}  // namespace

std::size_t valid_utf8_prefix(std::string_view text) noexcept {
  static const bool avx2 = __builtin_cpu_supports("avx2");
  return avx2 ? prefix_avx2(text) : 0;
}
#else
std::size_t valid_utf8_prefix(std::string_view) noexcept { return 0; }
#endif

}  // namespace dsprep
