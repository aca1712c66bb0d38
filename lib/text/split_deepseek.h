// DeepSeek's three splits, one inside the other: numbers of up to three digits, runs of kana and
// CJK, and a pattern for what is between them. As one scan, and 64 bytes at a time.
#pragma once

#include "lib/text/split_window.h"

namespace dsprep::scan {

/// [一-龥぀-ゟ゠-ヿ]
inline bool is_cjk(char32_t c) noexcept {
  return (c >= 0x4E00 && c <= 0x9FA5) || (c >= 0x3040 && c <= 0x30FF);
}

/// A part between the first two splits: its end is where characters of another kind begin.
class DeepSeekPart {
 public:
  DeepSeekPart(const Byte* p, const Byte* end) noexcept
      : end_(end), cjk_(is_cjk(decode_character(p).point)) {}

  At at(const Byte* p) const noexcept {
    if (p >= end_) return {CharClass::kEnd, 0};
    const Character c = decode_character(p);
    const CharClass kind = class_of(c.point);
    if (kind == CharClass::kNumber || is_cjk(c.point) != cjk_) return {CharClass::kEnd, 0};
    return {kind, c.length};
  }
  template <class Is>
  const Byte* skip(const Byte* p, Is is) const noexcept {
    for (At a = at(p); is(a.kind); a = at(p)) p += a.length;
    return p;
  }
  /// The end of the third pattern's match at p, or null where it has none:
  /// `[ASCII punctuation][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*` and
  /// white space.
  const Byte* match(const Byte* p) const noexcept {
    const auto ascii_letter = [](Byte b) { return (b | 0x20) >= 'a' && (b | 0x20) <= 'z'; };
    const auto word = [](CharClass c) { return is_letter(c) || c == CharClass::kMark; };
    const auto sign = [](CharClass c) { return c == CharClass::kPunct || c == CharClass::kSymbol; };
    const At first = at(p);
    const At second = at(p + first.length);
    if (sign(first.kind) && *p < 0x80 && p + 1 < end_ && ascii_letter(p[1])) {
      const Byte* q = p + 2;
      while (q < end_ && ascii_letter(*q)) ++q;
      return q;
    }
    // A mark may be the prefix or begin the word: the piece is the same.
    if (word(first.kind)) return skip(p, word);
    if (word(second.kind) && !sign(first.kind) && !is_newline(*p))
      return skip(p + first.length, word);
    if (sign(first.kind) || (*p == ' ' && sign(second.kind))) {
      const Byte* q = skip(*p == ' ' ? p + 1 : p, sign);
      while (q < end_ && is_newline(*q)) ++q;
      return q;
    }
    return is_space(first.kind) ? spaces(p) : nullptr;
  }

 private:
  const Byte* spaces(const Byte* p) const noexcept {
    const Byte* last = p;
    const Byte* after_line = nullptr;
    const Byte* q = p;
    At a = at(q);
    for (; is_space(a.kind); a = at(q)) {
      last = q;
      q += a.length;
      if (is_newline(*last)) after_line = q;
    }
    if (after_line != nullptr) return after_line;
    return a.kind == CharClass::kEnd || last == p ? q : last;
  }

  const Byte* end_;
  bool cjk_;
};

inline const Byte* deepseek(const Byte* p, const Byte* end) noexcept {
  if (is_number(scan::at(p, end).kind)) return numbers(p, end, 3);
  const DeepSeekPart part(p, end);
  if (const Byte* const stop = part.match(p)) return stop;
  // What does not match is one piece up to the next match.
  do p += part.at(p).length;
  while (part.at(p).kind != CharClass::kEnd && part.match(p) == nullptr);
  return p;
}

}  // namespace dsprep::scan

namespace dsprep::window {

// ASCII and letters that are no CJK; what else there is ends the window.
struct DeepSeek {
  static const Byte* next(const Byte* p, const Byte* end) noexcept {
    return scan::deepseek(p, end);
  }

  static Classes sort(const Byte* text, SortBytes sort_bytes) noexcept {
    Classes c = sort_ascii(text, sort_bytes);
    if (c.ascii.control != 0) c.limit = static_cast<unsigned>(std::countr_zero(c.ascii.control));
    for (Bits leads = c.ascii.high & ~c.ascii.continuation; leads != 0; leads &= leads - 1) {
      const auto i = static_cast<unsigned>(std::countr_zero(leads));
      if (i >= c.limit) break;
      const Character character = decode_character(text + i);
      if (i + character.length > 64 || scan::is_cjk(character.point) ||
          !scan::is_letter(class_of(character.point))) {
        c.limit = i;
        break;
      }
      c.letter |= (bit(character.length) - 1) << i;
    }
    return c;
  }

  static Bits borders(const Byte*, Classes& c) noexcept {
    const Bits ascii_letter = c.ascii.upper | c.ascii.lower;
    const Bits sign = ~(c.letter | c.number | c.space);
    const Bits sign_start = starts(sign) & ~(c.ascii.blank << 1);
    // A single sign goes with the ASCII letters behind it, and with no others.
    const Bits single = sign_start & ~(sign >> 1) & (ascii_letter >> 1);
    const Bits cut_word = (flood_up(ascii_letter, single << 1) << 1) & c.letter & ~ascii_letter;
    const Bits taken = flood_up(c.ascii.newline, (sign << 1) & starts(c.ascii.newline));
    const Bits prefix = single | (c.space & ~c.ascii.newline);
    // White space before a number is not divided: its part of the text ends there.
    Bits borders = line_borders(c, taken, c.number >> 1);
    borders |= (starts(c.letter) & ~(prefix << 1)) | sign_start | cut_word;
    return borders | groups_of_three(c.number);
  }
};

}  // namespace dsprep::window
