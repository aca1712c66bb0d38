#include "lib/text/hf/precompiled.h"

#include "dsprep/error.h"
#include "lib/text/unicode/properties.h"
#include "lib/text/unicode/utf8_cursor.h"

namespace dsprep::hf {
namespace {

bool stands_alone(char32_t c) {
  return has_property(c, kGraphemeControl) || c == '\r' || c == '\n';
}

enum class Hangul { kNone, kLead, kVowel, kTrail, kPair, kTriple };

Hangul hangul_of(char32_t c) {
  if ((c >= 0x1100 && c <= 0x115F) || (c >= 0xA960 && c <= 0xA97C)) return Hangul::kLead;
  if ((c >= 0x1160 && c <= 0x11A7) || (c >= 0xD7B0 && c <= 0xD7C6)) return Hangul::kVowel;
  if ((c >= 0x11A8 && c <= 0x11FF) || (c >= 0xD7CB && c <= 0xD7FB)) return Hangul::kTrail;
  if (c < 0xAC00 || c > 0xD7A3) return Hangul::kNone;
  return (c - 0xAC00) % 28 == 0 ? Hangul::kPair : Hangul::kTriple;
}

bool is_syllable(char32_t before, char32_t c) {
  const Hangul a = hangul_of(before), b = hangul_of(c);
  if (a == Hangul::kLead) return b != Hangul::kNone && b != Hangul::kTrail;
  if (a == Hangul::kVowel || a == Hangul::kPair) return b == Hangul::kVowel || b == Hangul::kTrail;
  return (a == Hangul::kTrail || a == Hangul::kTriple) && b == Hangul::kTrail;
}

bool is_regional(char32_t c) { return c >= 0x1F1E6 && c <= 0x1F1FF; }

}  // namespace

std::size_t grapheme_length(std::string_view text) {
  CodePoint before = code_point_at(text, 0);
  std::size_t length = before.length;
  if (before.value == '\r' && text.substr(1, 1) == "\n") return 2;
  if (stands_alone(before.value)) return length;
  bool flag = is_regional(before.value);  // half of a flag
  while (length < text.size()) {
    const CodePoint c = code_point_at(text, length);
    if (stands_alone(c.value)) break;
    const bool joins = has_property(c.value, kGraphemeExtend) ||
                       has_property(before.value, kGraphemePrepend) ||
                       is_syllable(before.value, c.value) || (flag && is_regional(c.value));
    if (!joins) break;
    flag = has_property(before.value, kGraphemePrepend) && is_regional(c.value);
    length += c.length;
    before = c;
  }
  return length;
}

// Source: normalizers/precompiled.rs of huggingface/tokenizers: a short cluster becomes what its
// first rule gives, and what the rule does not take is lost; in other ones each character is
// looked up for itself.
std::string apply_precompiled(const Charsmap& map, std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::string_view cluster = text.substr(0, grapheme_length(text));
    text.remove_prefix(cluster.size());
    if (cluster.size() < 6) {
      if (const auto rule = map.shortest(cluster)) {
        out += rule->replacement;
        continue;
      }
    }
    for_each_code_point(cluster, [&](char32_t, std::string_view bytes) {
      const auto rule = map.shortest(bytes);
      out += rule ? rule->replacement : bytes;
    });
  }
  return out;
}

std::string decode_base64(std::string_view text) {
  std::string bytes;
  unsigned buffer = 0;
  int bits = 0;
  while (text.ends_with('=')) text.remove_suffix(1);
  for (const char c : text) {
    const int value = c >= 'A' && c <= 'Z'   ? c - 'A'
                      : c >= 'a' && c <= 'z' ? c - 'a' + 26
                      : c >= '0' && c <= '9' ? c - '0' + 52
                      : c == '+'             ? 62
                      : c == '/'             ? 63
                                             : -1;
    if (value < 0) throw Error(ErrorCode::kCorrupt, "the precompiled charsmap is not base64");
    buffer = (buffer << 6 | static_cast<unsigned>(value)) & 0xFFFFFF;
    bits += 6;
    if (bits >= 8) bytes += static_cast<char>(buffer >> (bits -= 8) & 0xFF);
  }
  return bytes;
}

}  // namespace dsprep::hf
