// The models of a tokenizer.json: a part of the text to ids. Immutable: any number of threads.
#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dsprep/tokenizer.h"
#include "lib/text/double_array.h"

namespace dsprep::hf {

/// Tokens and their ids, both ways.
class Vocab {
 public:
  Vocab() = default;
  /// {"token": id, …}
  explicit Vocab(const nlohmann::json& json);
  /// Of equal tokens the last one counts.
  explicit Vocab(std::vector<std::pair<std::string, TokenId>> tokens);

  std::optional<TokenId> id_of(std::string_view token) const;
  /// Null for an id that has no token.
  const std::string* token_of(TokenId id) const;
  const DoubleArray& trie() const noexcept { return trie_; }
  /// Different tokens.
  std::uint32_t size() const noexcept { return size_; }
  /// All ids are below.
  std::uint32_t id_limit() const noexcept { return static_cast<std::uint32_t>(tokens_.size()); }

 private:
  std::vector<std::string> tokens_;  // by id; the empty token is not told from none
  DoubleArray trie_;
  std::optional<TokenId> empty_;
  std::uint32_t size_ = 0;
};

class Model {
 public:
  virtual ~Model() = default;
  /// `word` is not empty.
  virtual void encode(std::string_view word, std::vector<TokenId>& ids) const = 0;
  virtual const Vocab& vocab() const noexcept = 0;
};

/// `json` is the member "model". Throws kUnsupportedFormat for what is not known, kCorrupt for a
/// model that Hugging Face's tokenizers refuses.
std::unique_ptr<Model> make_model(const nlohmann::json& json);

// One of each kind, in files of their own.
std::unique_ptr<Model> make_word_piece(const nlohmann::json& json);
std::unique_ptr<Model> make_bpe(const nlohmann::json& json);
std::unique_ptr<Model> make_unigram(const nlohmann::json& json);

/// "<0x41>"
std::string byte_token(char byte);

}  // namespace dsprep::hf
