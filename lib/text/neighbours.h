// Which characters stand side by side in some piece of a vocabulary. Between two that never do, no
// piece can reach across: what a model over pieces does on one side of such a place (merges of BPE,
// paths of Viterbi) has no influence on the other, so a text may be cut there. Immutable after the
// last add.
#pragma once

#include <algorithm>
#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>

#include "lib/text/unicode/utf8_cursor.h"

namespace dsprep {

class Neighbours {
 public:
  void add_piece(std::string_view piece) {
    char32_t before = 0;
    bool first = true;
    for_each_code_point(piece, [&](char32_t c, std::string_view) {
      if (!first) add(before, c);
      first = false;
      before = c;
    });
  }

  /// False: no piece holds `a` directly before `b`. True is possible for pairs that no piece holds.
  bool may_join(char32_t a, char32_t b) const noexcept {
    if ((a | b) < 128) return !cuts_[a * 128 + b];
    return other_[slot(a, b)];
  }

  /// Fills `ends`, which has room for more than kStride, with the ends of the first parts of
  /// `text`, all but kStride of them or more unless the text ends before; returns their number, 0
  /// where the first is longer than kMaxText. No piece reaches over such a place.
  std::size_t cut(std::string_view text, std::span<std::uint32_t> ends) const noexcept {
    const auto size = static_cast<std::uint32_t>(std::min(text.size(), kMaxText));
    const std::size_t most = ends.size() - kStride;
    std::size_t count = 0;
    CodePoint before = code_point_at(text, 0);
    auto at = static_cast<std::uint32_t>(before.length);
    while (at < size && count < most) {
      if (before.value < 128 && size - at >= kStride && is_ascii(text.data() + at)) {
        // Every place is written down, those that are cuts are kept: faster than deciding.
        for (const std::uint32_t stop = at + kStride; at < stop; ++at) {
          const auto c = static_cast<unsigned char>(text[at]);
          ends[count] = at;
          count += cuts_[before.value * 128 + c];
          before.value = c;
        }
        continue;
      }
      const CodePoint c = code_point_at(text, at);
      ends[count] = at;
      count += may_join(before.value, c.value) ? 0 : 1;
      before = c;
      at += static_cast<std::uint32_t>(c.length);
    }
    if (at >= size && size == text.size()) ends[count++] = size;
    return count;
  }

  /// Where the first part of `text` ends; it is not empty.
  std::size_t end_of_part(std::string_view text) const noexcept {
    CodePoint before = code_point_at(text, 0);
    std::size_t at = before.length;
    while (at < text.size()) {
      const CodePoint c = code_point_at(text, at);
      if (!may_join(before.value, c.value)) break;
      before = c;
      at += c.length;
    }
    return at;
  }

  static constexpr std::size_t kMaxText = std::size_t{1} << 30;
  static constexpr std::uint32_t kStride = 8;

 private:
  static bool is_ascii(const char* text) noexcept {
    std::uint64_t word;
    std::memcpy(&word, text, kStride);
    return (word & 0x8080808080808080U) == 0;
  }

  static constexpr std::size_t kSlots = 1U << 18;  // pairs share slots: that only saves fewer cuts
  static std::size_t slot(char32_t a, char32_t b) noexcept {
    return ((a * 0x9E3779B1U) ^ (b * 0x85EBCA77U + (b << 16 | b >> 16))) * 0xC2B2AE3DU >> 14;
  }
  void add(char32_t a, char32_t b) {
    if ((a | b) < 128) {
      cuts_[a * 128 + b] = 0;
    } else {
      other_[slot(a, b)] = true;
    }
  }

  // 1 where no piece holds the two side by side; 0 elsewhere.
  std::array<std::uint8_t, 128 * 128> cuts_ = [] {
    std::array<std::uint8_t, 128 * 128> all;
    all.fill(1);
    return all;
  }();
  std::bitset<kSlots> other_;
};

}  // namespace dsprep
