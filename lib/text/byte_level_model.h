// The BPE model of a byte-level tokenizer.json, straight from simdjson's tape: vocabularies have
// hundreds of thousands of entries, and are most of the file.
#pragma once

#include <simdjson.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "lib/text/bpe_model.h"
#include "lib/text/bpe_tokenizer.h"
#include "lib/text/bpe_vocab.h"

namespace dsprep {

/// Appends the bytes that GPT-2 writes as `text` to `bytes`; false where it has other characters.
bool append_bytes_of(std::string_view text, std::string& bytes);

class ByteLevelModel {
 public:
  /// `json` lives as long as this.
  explicit ByteLevelModel(const simdjson::dom::object& json) : json_(json) {}

  /// Null where vocabulary and merges are not as the engine needs them.
  std::unique_ptr<BpeModel> read(bool ignore_merges);

  /// Of the vocabulary, after read(), as long as the model that it gave.
  std::uint32_t size() const noexcept { return static_cast<std::uint32_t>(tokens_.size()); }
  std::optional<TokenId> find(std::string_view text) const;
  void add_bytes(TokenBytes& out) const;

 private:
  struct Token {
    std::string_view text;
    TokenId id;
    std::uint32_t begin, length;  // of its bytes; length 0: it is not made of bytes
  };
  // Merges that give one token, which must stand side by side: only one of them can ever be used
  // (bpe_merges.h), so their order among themselves does not matter.
  struct Merged {
    std::uint32_t token;  // its number
    std::uint32_t first_left, lefts;
  };
  struct Pair {
    std::string_view left, right;
  };

  std::string_view bytes_of(const Token& token) const {
    return std::string_view(bytes_).substr(token.begin, token.length);
  }
  bool read_vocabulary();
  bool read_merges();
  static std::optional<Pair> read_merge(const simdjson::dom::element& merge);
  std::uint32_t number_of(const Pair& merge);
  void index_texts();
  bool add_merge(std::uint32_t made, std::uint32_t left_length);
  bool add_tokens(bool whole);
  bool add_alone(std::uint32_t number, bool whole);

  simdjson::dom::object json_;
  std::vector<Token> tokens_;  // by id
  std::string bytes_;
  std::optional<BpeVocab> by_text_;  // numbers of tokens; only where number_of() needs them
  std::vector<bool> is_merged_;      // by number
  std::vector<Merged> merged_;
  std::vector<std::uint32_t> lefts_;  // lengths of left parts
  BpeModel* model_ = nullptr;
  std::unordered_map<std::string_view, TokenId> alone_;  // tokens that nothing merges to
};

}  // namespace dsprep
