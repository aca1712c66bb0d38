// The readers of tokenizer files, one a kind; load_tokenizer chooses. All throw as Tokenizer::load.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "dsprep/tokenizer.h"

namespace dsprep {

/// Lines of a token in base64, a space and its rank.
std::unique_ptr<Tokenizer> load_tiktoken(std::string_view bytes, const std::string& file,
                                         const TokenizerOptions& options);
/// Hugging Face's tokenizer.json.
std::unique_ptr<Tokenizer> load_tokenizer_json(std::string_view bytes, const std::string& file,
                                               const TokenizerOptions& options);
/// The fast way for a tokenizer.json with a BPE model over bytes (ByteLevel); null where the file
/// has any part that it does not know. `bytes` is the text of the file.
std::unique_ptr<Tokenizer> make_byte_level_bpe(std::string_view bytes,
                                               const TokenizerOptions& options);
/// These files say themselves how texts are split. Throws kUsage where the options have a pattern.
void refuse_pattern(const TokenizerOptions& options, const std::string& file);
/// SentencePiece's ModelProto.
std::unique_ptr<Tokenizer> load_sentencepiece(std::string_view bytes, const std::string& file,
                                              const TokenizerOptions& options);

}  // namespace dsprep
