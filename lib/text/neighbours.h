// Which characters stand side by side in some piece of a vocabulary. Between two that never do, no
// piece can reach across: what a model over pieces does on one side of such a place (merges of BPE,
// paths of Viterbi) has no influence on the other, so a text may be cut there. Immutable after the
// last add.
#pragma once

#include <array>
#include <bitset>
#include <cstddef>
#include <memory>
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
    if ((a | b) < 128) return ascii_[a * 128 + b];
    return other_[slot(a, b)];
  }

  /// Where the part of `text` that begins at `start` ends: no piece reaches over that place.
  std::size_t end_of_part(std::string_view text, std::size_t start) const noexcept {
    CodePoint before = code_point_at(text, start);
    std::size_t at = start + before.length;
    while (at < text.size()) {
      const auto byte = static_cast<unsigned char>(text[at]);
      if ((before.value | byte) < 128) {
        if (!ascii_[before.value * 128 + byte]) break;
        before.value = byte;
        ++at;
        continue;
      }
      const CodePoint c = code_point_at(text, at);
      if (!may_join(before.value, c.value)) break;
      before = c;
      at += c.length;
    }
    return at;
  }

 private:
  static constexpr std::size_t kSlots = 1U << 18;  // pairs share slots: that only saves fewer cuts
  static std::size_t slot(char32_t a, char32_t b) noexcept {
    return ((a * 0x9E3779B1U) ^ (b * 0x85EBCA77U + (b << 16 | b >> 16))) * 0xC2B2AE3DU >> 14;
  }
  void add(char32_t a, char32_t b) {
    if ((a | b) < 128) {
      ascii_[a * 128 + b] = true;
    } else {
      other_[slot(a, b)] = true;
    }
  }

  std::array<bool, 128 * 128> ascii_{};
  std::bitset<kSlots> other_;
};

}  // namespace dsprep
