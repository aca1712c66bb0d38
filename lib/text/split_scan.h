// One piece at a time, as the known patterns cut it: the reference for the vector code in
// split_window.h, and what goes on where that has no answer. Text is valid UTF-8.
#pragma once

#include <array>

#include "lib/text/split_classes.h"

namespace dsprep::scan {

using Byte = unsigned char;

/// What is at p; length 0 and kEnd at the end.
struct At {
  CharClass kind;
  std::uint32_t length;
};

inline At at(const Byte* p, const Byte* end) noexcept {
  if (p >= end) return {CharClass::kEnd, 0};
  const Character c = decode_character(p);
  return {class_of(c.point), c.length};
}

inline bool is_letter(CharClass c) noexcept {
  return c == CharClass::kUpper || c == CharClass::kLower || c == CharClass::kLetter;
}
inline bool is_number(CharClass c) noexcept { return c == CharClass::kNumber; }
inline bool is_space(CharClass c) noexcept { return c == CharClass::kSpace; }
inline bool is_newline(Byte b) noexcept { return b == '\r' || b == '\n'; }
/// [^\s\p{L}\p{N}]
inline bool is_rest(CharClass c) noexcept {
  return !is_letter(c) && !is_number(c) && !is_space(c) && c != CharClass::kEnd;
}

template <class Is>
const Byte* skip(const Byte* p, const Byte* end, Is is) noexcept {
  for (At a = at(p, end); is(a.kind); a = at(p, end)) p += a.length;
  return p;
}

inline const Byte* skip_newlines(const Byte* p, const Byte* end, bool slashes = false) noexcept {
  while (p < end && (is_newline(*p) || (slashes && *p == '/'))) ++p;
  return p;
}

/// Bytes of '(s|t|re|ve|m|ll|d) at p, or 0. With any_case also the long s (U+017F), whose upper
/// case is S.
inline std::size_t contraction(const Byte* p, const Byte* end, bool any_case) noexcept {
  if (end - p < 2 || *p != '\'') return 0;
  const auto fold = [any_case](Byte b) {
    return any_case && b >= 'A' && b <= 'Z' ? Byte(b | 0x20) : b;
  };
  const Byte first = fold(p[1]);
  if (first == 's' || first == 'd' || first == 'm' || first == 't') return 2;
  if (end - p < 3) return 0;
  if (any_case && p[1] == 0xC5 && p[2] == 0xBF) return 3;
  const Byte second = fold(p[2]);
  if (first == 'l') return second == 'l' ? 3 : 0;
  return (first == 'r' || first == 'v') && second == 'e' ? 3 : 0;
}

/// The white space at p, which is some: `\s++$ | \s*[\r\n]+ | \s+(?!\S) | \s+` by the flags.
inline const Byte* white_space(const Byte* p, const Byte* end, bool newlines,
                               bool tail_whole) noexcept {
  const Byte* last = p;              // begin of the last character
  const Byte* after_line = nullptr;  // behind the last newline
  const Byte* q = p;
  for (At a = at(q, end); is_space(a.kind); a = at(q, end)) {
    last = q;
    q += a.length;
    if (is_newline(*last)) after_line = q;
  }
  if (q == end && tail_whole) return q;
  if (newlines && after_line != nullptr) return after_line;
  return q == end || last == p ? q : last;
}

/// `\p{N}{1,limit}` at p, which is a number; limit 0: any number of them.
inline const Byte* numbers(const Byte* p, const Byte* end, unsigned limit) noexcept {
  unsigned count = 0;
  for (At a = at(p, end); is_number(a.kind) && (limit == 0 || count < limit); a = at(p, end)) {
    p += a.length;
    ++count;
  }
  return p;
}

/// `'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`
inline const Byte* gpt2(const Byte* p, const Byte* end) noexcept {
  if (const std::size_t n = contraction(p, end, false)) return p + n;
  const Byte* const q = *p == ' ' ? p + 1 : p;
  const CharClass kind = at(q, end).kind;
  if (is_letter(kind)) return skip(q, end, is_letter);
  if (is_number(kind)) return skip(q, end, is_number);
  if (is_rest(kind)) return skip(q, end, is_rest);
  return white_space(p, end, false, true);
}

/// `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,Digits}|
/// ?[^\s\p{L}\p{N}]+[\r\n]*` and white space. TailWhole: `\s++$` comes before `\s*[\r\n]`.
template <unsigned Digits, bool TailWhole>
const Byte* cl100k(const Byte* p, const Byte* end) noexcept {
  if (const std::size_t n = contraction(p, end, true)) return p + n;
  const At first = at(p, end);
  if (is_letter(first.kind)) return skip(p, end, is_letter);
  if (is_number(first.kind)) return numbers(p, end, Digits);
  const At second = at(p + first.length, end);
  if (is_letter(second.kind) && !is_newline(*p)) return skip(p + first.length, end, is_letter);
  const Byte* const q = *p == ' ' ? p + 1 : p;
  if (is_rest(*p == ' ' ? second.kind : first.kind))
    return skip_newlines(skip(q, end, is_rest), end);
  return white_space(p, end, true, TailWhole);
}

/// The end of a word of o200k at p: `[UB]*[LB]+|[UB]+[LB]*` with U = Lu, Lt; L = Ll; B = Lm, Lo, M;
/// null where there is none. Backtracking: without a lower-case letter behind, the first form ends
/// with the last B.
inline const Byte* cased_word(const Byte* p, const Byte* end) noexcept {
  const auto both = [](CharClass c) { return c == CharClass::kLetter || c == CharClass::kMark; };
  const Byte* after_both = nullptr;
  const Byte* q = p;
  At a = at(q, end);
  for (; a.kind == CharClass::kUpper || both(a.kind); a = at(q, end)) {
    q += a.length;
    if (both(a.kind)) after_both = q;
  }
  if (a.kind == CharClass::kLower)
    return skip(q, end, [&](CharClass c) { return c == CharClass::kLower || both(c); });
  if (after_both != nullptr) return after_both;
  return q == p ? nullptr : q;
}

/// o200k: cased words with a contraction behind, numbers of up to Digits, the rest.
template <unsigned Digits, bool Contractions>
const Byte* o200k(const Byte* p, const Byte* end) noexcept {
  const auto word = [&](const Byte* q) -> const Byte* {
    const Byte* stop = cased_word(q, end);
    if (stop == nullptr) return nullptr;
    return Contractions ? stop + contraction(stop, end, true) : stop;
  };
  const At first = at(p, end);
  if (is_number(first.kind)) return numbers(p, end, Digits);
  const At second = at(p + first.length, end);
  if (!is_letter(first.kind) && !is_newline(*p)) {
    // A prefix, tried first. A mark may be the prefix or begin the word: in the first form the
    // prefix wins if a B or L ends the word, then the word without prefix, then the second form.
    const Byte* const with_prefix = word(p + first.length);
    if (with_prefix != nullptr && first.kind != CharClass::kMark) return with_prefix;
    if (first.kind == CharClass::kMark) {
      const Byte* q = p + first.length;
      bool ends_in_both_or_lower = false;
      for (At a = at(q, end);; a = at(q, end)) {
        if (a.kind == CharClass::kLetter || a.kind == CharClass::kMark ||
            a.kind == CharClass::kLower)
          ends_in_both_or_lower = true;
        if (ends_in_both_or_lower || a.kind != CharClass::kUpper) break;
        q += a.length;
      }
      return ends_in_both_or_lower ? with_prefix : word(p);
    }
  }
  if (const Byte* const stop = is_letter(first.kind) ? word(p) : nullptr) return stop;
  const Byte* const q = *p == ' ' ? p + 1 : p;
  if (is_rest(*p == ' ' ? second.kind : first.kind))
    return skip_newlines(skip(q, end, is_rest), end, true);
  return white_space(p, end, true, false);
}

}  // namespace dsprep::scan
