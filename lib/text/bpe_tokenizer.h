// Byte-pair encoding over bytes as a Tokenizer: tiktoken's files and Hugging Face's byte-level
// ones.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "dsprep/tokenizer.h"
#include "lib/text/added_tokens.h"
#include "lib/text/bpe_model.h"
#include "lib/text/split.h"

namespace dsprep {

/// What a file says, for make_bpe_tokenizer().
struct BpeParts {
  std::unique_ptr<BpeModel> model;
  std::unique_ptr<Splitter> splitter;
  AddedTokenSplitter added = {};
  bool uncuttable = false;    ///< texts have no safe places to be cut at (an added token's fault)
  bool prefix_space = false;  ///< each stretch of ordinary text gets a blank at its front
  std::vector<std::pair<TokenId, std::string>> bytes_of = {};  ///< every id, for decode()
  std::string file = {};                                       ///< for to_file()
};

std::unique_ptr<Tokenizer> make_bpe_tokenizer(BpeParts parts);

}  // namespace dsprep
