#include "lib/text/utf8.h"

#include <cstdint>
#include <cstring>

#include "dsprep/error.h"
#include "lib/text/utf8_simd.h"

namespace dsprep {
namespace {

using Byte = unsigned char;

// What may follow a lead byte: its length and the range of the second byte (Unicode, table 3-7).
struct Lead {
  std::size_t length;  // 0: no lead byte
  Byte low, high;
};

Lead lead_of(Byte b) noexcept {
  if (b < 0x80) return {1, 0, 0};
  if (b < 0xC2) return {0, 0, 0};
  if (b < 0xE0) return {2, 0x80, 0xBF};
  if (b == 0xE0) return {3, 0xA0, 0xBF};
  if (b == 0xED) return {3, 0x80, 0x9F};
  if (b < 0xF0) return {3, 0x80, 0xBF};
  if (b == 0xF0) return {4, 0x90, 0xBF};
  if (b < 0xF4) return {4, 0x80, 0xBF};
  if (b == 0xF4) return {4, 0x80, 0x8F};
  return {0, 0, 0};
}

// Bytes of the longest prefix of a character at `p`; `whole` tells whether it is all of it.
std::size_t match_character(const Byte* p, const Byte* end, bool& whole) noexcept {
  const Lead lead = lead_of(*p);
  whole = false;
  if (lead.length == 0) return 1;
  std::size_t n = 1;
  while (n < lead.length && p + n < end) {
    const Byte low = n == 1 ? lead.low : Byte{0x80};
    const Byte high = n == 1 ? lead.high : Byte{0xBF};
    if (p[n] < low || p[n] > high) return n;
    ++n;
  }
  whole = n == lead.length;
  return n;
}

// First invalid byte at or after `from`, which begins a character.
std::size_t scan(std::string_view text, std::size_t from) noexcept {
  const auto* const start = reinterpret_cast<const Byte*>(text.data());
  const Byte* const end = start + text.size();
  const Byte* p = start + from;
  while (p < end) {
    std::uint64_t word;
    if (end - p >= 8 && (std::memcpy(&word, p, 8), (word & 0x8080808080808080U) == 0)) {
      p += 8;
      continue;
    }
    bool whole = false;
    const std::size_t n = match_character(p, end, whole);
    if (!whole) break;
    p += n;
  }
  return static_cast<std::size_t>(p - start);
}

}  // namespace

std::size_t first_invalid_utf8(std::string_view text) noexcept {
  return scan(text, valid_utf8_prefix(text));
}

void require_valid_utf8(std::string_view text, std::size_t base) {
  const std::size_t bad = first_invalid_utf8(text);
  if (bad == text.size()) return;
  throw Error(ErrorCode::kBadEncoding, "the text is not UTF-8", {.offset = base + bad},
              "convert it, or let invalid bytes be replaced");
}

std::string replace_invalid_utf8(std::string_view text) {
  std::string out;
  const auto* const end = reinterpret_cast<const Byte*>(text.data()) + text.size();
  while (!text.empty()) {
    const std::size_t good = first_invalid_utf8(text);
    out.append(text.substr(0, good));
    text.remove_prefix(good);
    if (text.empty()) break;
    bool whole = false;
    out += "\xEF\xBF\xBD";
    text.remove_prefix(match_character(reinterpret_cast<const Byte*>(text.data()), end, whole));
  }
  return out;
}

}  // namespace dsprep
