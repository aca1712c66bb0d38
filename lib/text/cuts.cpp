#include "lib/text/cuts.h"

namespace dsprep {

Cuts::Kind Cuts::kind_of(char c) noexcept {
  if ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') return kLetter;
  if (c >= '0' && c <= '9') return kDigit;
  return c == ' ' || (c >= '\t' && c <= '\r') ? kSpace : kOther;
}

// White space that a token takes on its left begins behind a cut before it, so lstrip does no harm.
void Cuts::avoid(const AddedTokenSplitter::Pattern& token) noexcept {
  const std::string_view text = token.text;
  for (std::size_t i = 1; i < text.size(); ++i) allowed(text[i - 1], text[i]) = false;
  if (token.token.rstrip) allowed(text.back(), ' ') = false;
  if (!token.token.single_word) return;
  for (const char neighbour : {'a', '0'}) {
    allowed(neighbour, text.front()) = false;
    allowed(text.back(), neighbour) = false;
  }
}

std::size_t Cuts::last(std::string_view text) const noexcept {
  for (std::size_t i = text.size(); i-- > 1;) {
    if (allowed_[kind_of(text[i - 1])][kind_of(text[i])] && (text[i] == ' ' || !before_blanks_))
      return i;
  }
  return 0;
}

}  // namespace dsprep
