// Where a text of a byte-pair tokenizer may be cut so that the ids of the parts are those of the
// whole.
//
// Between an ASCII letter or digit and white space, and between a letter and a digit, every known
// pattern has a border: letters and numbers are matched by parts of their own that end with their
// run, a contraction's letters with the contraction, white space is taken along only before a
// piece, and what begins a piece behind does not look back. ASCII alone, so bytes that are not
// UTF-8 do no harm, and no normal form joins the two sides.
#pragma once

#include <array>
#include <string_view>

#include "lib/text/added_tokens.h"

namespace dsprep {

class Cuts {
 public:
  /// No more where `token` may stand across, or looks at or takes what is on the other side.
  void avoid(const AddedTokenSplitter::Pattern& token) noexcept;
  /// No more but before a blank: a part without one would get one.
  void only_before_blanks() noexcept { before_blanks_ = true; }
  void avoid_all() noexcept { allowed_ = {}; }

  /// The last place in `text`, or 0.
  std::size_t last(std::string_view text) const noexcept;

 private:
  enum Kind : std::uint8_t { kOther, kLetter, kDigit, kSpace, kKinds };
  static Kind kind_of(char c) noexcept;
  bool& allowed(char before, char behind) noexcept {
    return allowed_[kind_of(before)][kind_of(behind)];
  }

  bool before_blanks_ = false;
  std::array<std::array<bool, kKinds>, kKinds> allowed_{{
      {},
      {false, false, true, true},  // behind a letter: a digit, white space
      {false, true, false, true},  // behind a digit: a letter, white space
      {},
  }};
};

}  // namespace dsprep
