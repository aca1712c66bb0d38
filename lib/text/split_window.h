// Borders of pieces in 64 bytes at a time, by arithmetic on sets of bytes.
//
// A window begins where a piece begins: no pattern looks back, so what stood before does not
// matter. Every byte of a character has its character's class. What the arithmetic does not cover
// (numbers and white space beyond ASCII, for one) ends the window early, and so does what the
// window's end leaves open; the scan of split_scan.h then takes over for one piece. Bit i is byte
// i; `x << 1` is "the byte before is in x".
#pragma once

#include <bit>

#include "lib/text/split_masks.h"
#include "lib/text/split_scan.h"

namespace dsprep::window {

using Bits = std::uint64_t;
using scan::Byte;

constexpr Bits bit(unsigned i) noexcept { return Bits{1} << i; }
/// The bits below i; i <= 64.
constexpr Bits below(unsigned i) noexcept { return i >= 64 ? ~Bits{0} : bit(i) - 1; }
/// The bytes of `set` that begin a run of it.
constexpr Bits starts(Bits set) noexcept { return set & ~(set << 1); }
/// Of the runs of `set`, what lies at or behind a bit of `from`.
constexpr Bits flood_up(Bits set, Bits from) noexcept {
  from &= set;
  return (((set + from) ^ set) & set) | from;
}

/// The window's classes. Letters of o200k are told apart: upper, lower, both (Lm, Lo, M).
struct Classes {
  AsciiMasks ascii;
  Bits letter, number, space;
  Bits upper, lower, both;
  unsigned limit;  ///< bytes below it are sorted right
};

/// Sorts what is not ASCII. kCased: upper and lower matter, and marks behind letters are letters.
template <bool kCased>
inline void sort_high(const Byte* text, Classes& c) noexcept {
  c.limit = 64;
  for (Bits leads = c.ascii.high & ~c.ascii.continuation; leads != 0; leads &= leads - 1) {
    const auto i = static_cast<unsigned>(std::countr_zero(leads));
    const Character character = decode_character(text + i);
    const Bits bytes = ((bit(character.length)) - 1) << i;
    const CharClass kind = class_of(character.point);
    if (i + character.length > 64 || kind == CharClass::kNumber || kind == CharClass::kSpace) {
      c.limit = i;
      break;
    }
    if constexpr (kCased) {
      if (kind == CharClass::kMark && (i == 0 || (c.letter & bit(i - 1)) == 0)) {
        c.limit = i;
        break;
      }
      const bool both = kind == CharClass::kLetter || kind == CharClass::kMark;
      c.upper |= kind == CharClass::kUpper ? bytes : 0;
      c.lower |= kind == CharClass::kLower ? bytes : 0;
      c.both |= both ? bytes : 0;
      c.letter |= both || scan::is_letter(kind) ? bytes : 0;
    } else {
      c.letter |= scan::is_letter(kind) ? bytes : 0;
    }
  }
}

/// ASCII alone.
inline Classes sort_ascii(const Byte* text, SortBytes sort_bytes) noexcept {
  Classes c;
  sort_bytes(text, c.ascii);
  c.letter = c.ascii.upper | c.ascii.lower;
  c.number = c.ascii.number;
  c.space = c.ascii.space;
  c.upper = c.ascii.upper;
  c.lower = c.ascii.lower;
  c.both = 0;
  c.limit = 64;
  return c;
}

template <bool kCased>
inline Classes sort(const Byte* text, SortBytes sort_bytes) noexcept {
  Classes c = sort_ascii(text, sort_bytes);
  if (c.ascii.high != 0) sort_high<kCased>(text, c);
  return c;
}

/// First characters of the runs that begin at `begin`, with all their bytes.
inline Bits first_characters(Bits begin, Bits continuation) noexcept {
  if (continuation == 0) return begin;
  begin |= (begin << 1) & continuation;
  begin |= (begin << 1) & continuation;
  return begin | ((begin << 1) & continuation);
}

/// Borders in white space by `\s*[\r\n]+|\s+(?!\S)|\s+`; newlines in `taken` belong to what stands
/// before them. White space whose last character is in `whole` is not divided before that one.
inline Bits line_borders(const Classes& c, Bits taken, Bits whole = 0) noexcept {
  const Bits newline = c.ascii.newline;
  const Bits gap = c.space & ~newline;  // white space that is no newline
  Bits borders = starts(c.space) & ~taken;
  borders |= (taken << 1) & ~newline;
  borders |=
      gap & ~(c.space >> 1) & ~whole;  // the last one goes with what follows, or stands alone
  // Behind the last newline of a run: before gaps that no other newline ends.
  Bits after = gap & ((newline & ~taken) << 1);
  for (Bits ends = ((gap + after) & ~gap) & newline; ends != 0; ends &= ends - 1)
    after &= ~std::bit_floor(after & below(static_cast<unsigned>(std::countr_zero(ends))));
  return borders | after;
}

/// Groups of three digits, counted from each run's start.
inline Bits groups_of_three(Bits number) noexcept {
  Bits group = starts(number);
  Bits borders = group;
  const Bits fourth = number & (number << 1) & (number << 2) & (number << 3);
  if (fourth == 0) return borders;
  while ((group = (group << 3) & fourth) != 0) borders |= group;
  return borders;
}

/// Bytes behind a border that may have a say in it: those of a contraction.
constexpr unsigned kAhead = 4;

/// What may be handed out: the borders that bytes from `limit` on cannot change. A run of white
/// space needs its end.
inline Bits settled(Bits borders, const Classes& c) noexcept {
  const unsigned limit = c.limit < 64 - kAhead ? c.limit : 64 - kAhead;
  if (limit == 0) return 0;
  const Bits others = ~c.space & below(limit);
  // With white space up to the limit: at most where that run begins.
  const auto open = static_cast<unsigned>(64 - std::countl_zero(others));
  return borders & below(open == limit ? limit : open + 1) & ~Bits{1};
}

struct Gpt2 {
  static Classes sort(const Byte* text, SortBytes f) noexcept {
    return window::sort<false>(text, f);
  }
  static const Byte* next(const Byte* p, const Byte* end) noexcept { return scan::gpt2(p, end); }
  static Bits borders(const Byte* text, Classes& c) noexcept {
    const Bits rest = ~(c.letter | c.number | c.space);
    const Bits behind_blank = c.ascii.blank << 1;
    Bits borders = (starts(c.letter) | starts(c.number) | starts(rest)) & ~behind_blank;
    borders |= starts(c.space) | (c.space & ~(c.space >> 1));
    const Bits quotes = c.ascii.apostrophe & starts(rest) & ~behind_blank & below(60);
    for (Bits q = quotes; q != 0; q &= q - 1) {
      const auto i = static_cast<unsigned>(std::countr_zero(q));
      if (const std::size_t n = scan::contraction(text + i, text + i + 4, false))
        borders = (borders & ~bit(i + 1)) | bit(i + static_cast<unsigned>(n));
    }
    return borders;
  }
};

// What cl100k and o200k have in common.
struct Runs {
  Bits rest;        // no letter, number or white space
  Bits rest_start;  // where a run of those begins a piece
  Bits taken;       // newlines that go with such a run
  Bits borders;
};

template <unsigned Digits>
inline Runs borders_of_runs(Classes& c) noexcept {
  const Bits rest = ~(c.letter | c.number | c.space);
  const Bits rest_start = starts(rest) & ~(c.ascii.blank << 1);
  const Bits taken = flood_up(c.ascii.newline, (rest << 1) & starts(c.ascii.newline));
  // A letter goes with a single character before it that is no letter, number or newline.
  const Bits prefix =
      first_characters(rest_start, c.ascii.continuation) | (c.space & ~c.ascii.newline);
  Bits borders = (starts(c.letter) & ~(prefix << 1)) | rest_start | line_borders(c, taken);
  borders |= Digits == 1 ? c.number : groups_of_three(c.number);
  return {rest, rest_start, taken, borders};
}

template <unsigned Digits, bool TailWhole>
struct Cl100k {
  static Classes sort(const Byte* text, SortBytes f) noexcept {
    return window::sort<false>(text, f);
  }
  static const Byte* next(const Byte* p, const Byte* end) noexcept {
    return scan::cl100k<Digits, TailWhole>(p, end);
  }
  static Bits borders(const Byte* text, Classes& c) noexcept {
    const auto [rest, rest_start, taken, runs] = borders_of_runs<Digits>(c);
    Bits borders = runs;
    for (Bits q = c.ascii.apostrophe & rest_start & below(60); q != 0; q &= q - 1) {
      const auto i = static_cast<unsigned>(std::countr_zero(q));
      if (const std::size_t n = scan::contraction(text + i, text + i + 4, true))
        borders |= bit(i + static_cast<unsigned>(n));
    }
    return borders;
  }
};

template <unsigned Digits, bool Contractions>
struct O200k {
  static Classes sort(const Byte* text, SortBytes f) noexcept {
    return window::sort<true>(text, f);
  }
  static const Byte* next(const Byte* p, const Byte* end) noexcept {
    return scan::o200k<Digits, Contractions>(p, end);
  }
  static Bits borders(const Byte* text, Classes& c) noexcept {
    const auto [rest, rest_start, taken, runs] = borders_of_runs<Digits>(c);
    Bits borders = runs;
    borders |= starts(c.upper) & (c.lower << 1);
    leave_open(text, c, taken);
    if constexpr (Contractions) add_contractions(text, c, rest, borders);
    return borders;
  }

 private:
  // Letters of both cases next to upper-case ones need backtracking; so do slashes behind taken
  // newlines.
  static void leave_open(const Byte* text, Classes& c, Bits taken) noexcept {
    Bits open = 0;
    if (c.both != 0 && c.upper != 0) {
      open = (flood_up(c.letter, c.both) & c.upper) | (flood_up(c.letter, c.upper) & c.both);
    }
    for (Bits t = (taken << 1) & ~c.ascii.newline; t != 0; t &= t - 1) {
      const auto i = static_cast<unsigned>(std::countr_zero(t));
      if (text[i] == '/') open |= bit(i);
    }
    if (open != 0) {
      const auto first = static_cast<unsigned>(std::countr_zero(open));
      if (first < c.limit) c.limit = first;
    }
  }
  static void add_contractions(const Byte* text, const Classes& c, Bits rest,
                               Bits& borders) noexcept {
    unsigned done = 0;  // a word's contraction ended here: the next one has no word before it
    const Bits quotes = c.ascii.apostrophe & starts(rest) & (c.letter << 1) & below(60);
    for (Bits q = quotes; q != 0; q &= q - 1) {
      const auto i = static_cast<unsigned>(std::countr_zero(q));
      const auto n = static_cast<unsigned>(scan::contraction(text + i, text + i + 4, true));
      if (n == 0 || i == done) continue;
      borders &= ~(below(i + n) & ~below(i));
      borders |= bit(i + n);
      done = i + n;
    }
  }
};

}  // namespace dsprep::window
