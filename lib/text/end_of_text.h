// Which of a tokenizer's special tokens ends a text.
#pragma once

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "dsprep/tokenizer.h"

namespace dsprep {

/// Is shown the special tokens of a file, and keeps the one that is most sure to end texts.
class EndOfText {
 public:
  void consider(std::string_view token, TokenId id) {
    constexpr std::array<std::string_view, 8> kNames = {
        "<|endoftext|>",
        "<|end_of_text|>",
        "</s>",
        "<eos>",
        "<|eos|>",
        "<|im_end|>",
        "<EOT>",
        "<\xEF\xBD\x9C"
        "end\xE2\x96\x81of\xE2\x96\x81sentence\xEF\xBD\x9C>"};
    const auto place = static_cast<std::size_t>(std::ranges::find(kNames, token) - kNames.begin());
    if (place == kNames.size() || (id_ && best_ <= place)) return;
    best_ = place;
    id_ = id;
  }
  std::optional<TokenId> id() const noexcept { return id_; }

 private:
  std::size_t best_ = 0;
  std::optional<TokenId> id_;
};

}  // namespace dsprep
