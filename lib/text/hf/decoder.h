// The decoders of a tokenizer.json: tokens to text. Immutable: any number of threads.
#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace dsprep::hf {

using Tokens = std::vector<std::string>;

class Decoder {
 public:
  virtual ~Decoder() = default;
  /// The text is what the tokens give one behind the other.
  virtual Tokens decode(Tokens tokens) const = 0;
};

/// `json` is the member "decoder". Throws kUnsupportedFormat for what is not known.
std::unique_ptr<Decoder> make_decoder(const nlohmann::json& json);

}  // namespace dsprep::hf
