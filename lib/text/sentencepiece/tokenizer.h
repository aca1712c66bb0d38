// A Tokenizer from a SentencePiece model file.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "dsprep/tokenizer.h"

namespace dsprep::sentencepiece {

/// Same ids as the sentencepiece library's encode without bos and eos, same text as its decode.
/// Throws as Tokenizer::load.
std::unique_ptr<Tokenizer> make_tokenizer(std::string_view bytes, const std::string& file,
                                          const TokenizerOptions& options);

}  // namespace dsprep::sentencepiece
