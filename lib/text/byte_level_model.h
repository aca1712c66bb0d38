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
  /// `model` lives as long as this.
  explicit ByteLevelModel(const simdjson::dom::object& model) : model_(model) {}

  /// Null where vocabulary and merges are not as the engine needs them.
  std::unique_ptr<BpeModel> read(bool ignore_merges);

  /// Of the vocabulary, after read().
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

  // What a merge makes: its bytes, and how many are of its left part.
  struct Joined {
    std::uint32_t begin, left, length;
  };
  static constexpr std::size_t kNoMerge = ~std::size_t{0};

  std::string_view bytes_of(const Token& token) const {
    return std::string_view(bytes_).substr(token.begin, token.length);
  }
  bool read_vocabulary();
  bool read_merges();
  static std::size_t read_merge(const simdjson::dom::element& merge, std::string& bytes);
  bool add_merge(std::uint32_t made, std::uint32_t left_length);
  bool add_tokens(BpeModel& model, bool whole) const;

  simdjson::dom::object model_;
  std::vector<Token> tokens_;
  std::string bytes_;
  std::optional<BpeVocab> by_bytes_;                             // to numbers of tokens
  std::unordered_map<std::string_view, std::uint32_t> by_text_;  // those that are not made of bytes
  std::vector<bool> is_merged_;                                  // by number
  std::vector<Merged> merged_;
  std::vector<std::uint32_t> lefts_;  // lengths of left parts
};

}  // namespace dsprep
