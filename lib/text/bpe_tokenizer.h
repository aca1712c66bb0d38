// Byte-pair encoding over bytes as a Tokenizer: tiktoken's files and Hugging Face's byte-level
// ones.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dsprep/tokenizer.h"
#include "lib/text/added_tokens.h"
#include "lib/text/bpe_model.h"
#include "lib/text/cuts.h"
#include "lib/text/end_of_text.h"
#include "lib/text/hf/post_processor.h"
#include "lib/text/split.h"
#include "lib/text/unicode/normalization.h"

namespace dsprep {

/// The bytes of every id, for decode().
class TokenBytes {
 public:
  /// Of an id that is added twice the last bytes count.
  void add(TokenId id, std::string_view bytes) {
    if (id >= ranges_.size()) ranges_.resize(std::size_t{id} + 1);
    ranges_[id] = {static_cast<std::uint32_t>(bytes_.size()),
                   static_cast<std::uint32_t>(bytes.size())};
    bytes_ += bytes;
  }
  /// Ids are below this number.
  std::uint32_t size() const noexcept { return static_cast<std::uint32_t>(ranges_.size()); }
  /// Empty for an id that there is not.
  std::string_view of(TokenId id) const noexcept {
    if (id >= ranges_.size()) return {};
    return std::string_view(bytes_).substr(ranges_[id].first, ranges_[id].second);
  }

 private:
  std::vector<std::pair<std::uint32_t, std::uint32_t>> ranges_;  // begin and length in bytes_
  std::string bytes_;
};

/// What a file says, for make_bpe_tokenizer().
struct BpeParts {
  std::unique_ptr<BpeModel> model;
  std::unique_ptr<Splitter> splitter;
  AddedTokenSplitter added = {};             ///< looked for in the text
  std::optional<NormalForm> form = {};       ///< of what is between those
  AddedTokenSplitter added_normalized = {};  ///< looked for in the normal form
  Cuts cuts = {};             ///< as far as the added tokens allow
  bool prefix_space = false;  ///< each stretch of ordinary text gets a blank at its front
  TokenBytes bytes = {};
  EndOfText end = {};
  hf::PostProcessor post = {};
  std::string file = {};  ///< for to_file()
};

std::unique_ptr<Tokenizer> make_bpe_tokenizer(BpeParts parts);

}  // namespace dsprep
