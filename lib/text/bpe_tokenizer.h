// Byte-pair encoding over bytes as a Tokenizer: tiktoken's files and Hugging Face's byte-level
// ones.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "dsprep/tokenizer.h"
#include "lib/text/added_tokens.h"
#include "lib/text/bpe_model.h"
#include "lib/text/end_of_text.h"
#include "lib/text/hf/post_processor.h"
#include "lib/text/split.h"
#include "lib/text/unicode/normalization.h"

namespace dsprep {

/// What a file says, for make_bpe_tokenizer().
struct BpeParts {
  std::unique_ptr<BpeModel> model;
  std::unique_ptr<Splitter> splitter;
  AddedTokenSplitter added = {};             ///< looked for in the text
  std::optional<NormalForm> form = {};       ///< of what is between those
  AddedTokenSplitter added_normalized = {};  ///< looked for in the normal form
  bool uncuttable = false;    ///< texts have no safe places to be cut at (an added token's fault)
  bool prefix_space = false;  ///< each stretch of ordinary text gets a blank at its front
  std::vector<std::pair<TokenId, std::string>> bytes_of = {};  ///< every id, for decode()
  EndOfText end = {};
  hf::PostProcessor post = {};
  std::string file = {};  ///< for to_file()
};

std::unique_ptr<Tokenizer> make_bpe_tokenizer(BpeParts parts);

/// True where a token may stand across a place that Tokenizer::cut() of a byte-pair tokenizer
/// gives, or takes white space that is not its own.
bool crosses_cuts(const AddedTokenSplitter::Pattern& pattern) noexcept;

}  // namespace dsprep
