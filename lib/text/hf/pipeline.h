// A Tokenizer from any tokenizer.json whose parts are known.
#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "dsprep/tokenizer.h"

namespace dsprep::hf {

/// `bytes` is the text of the file that `json` was read from. Same ids as Hugging Face's tokenizers
/// with add_special_tokens=False, without the file's truncation and padding; same text as its
/// decode with skip_special_tokens=False. Throws kUnsupportedFormat, kCorrupt, and what reading
/// JSON throws.
std::unique_ptr<Tokenizer> make_pipeline(const nlohmann::json& json, std::string bytes,
                                         const std::string& file, const TokenizerOptions& options);

}  // namespace dsprep::hf
