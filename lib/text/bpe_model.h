// A byte-pair vocabulary. Built by one thread, then read by any number of them.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dsprep/tokenizer.h"
#include "lib/text/bpe_merges.h"
#include "lib/text/bpe_vocab.h"

namespace dsprep {

class BpeModel {
 public:
  /// Room for `tokens` of them. Throws kTooLarge for more than BpeVocab::kMostTokens.
  explicit BpeModel(std::size_t tokens);

  /// The token of one byte; all 256 are needed before anything else. False for a second one.
  bool add_byte(unsigned char byte, TokenId id);
  struct NewToken {
    std::string_view bytes;
    TokenId id;
    std::size_t left = 0;  ///< set by add_tokens
  };
  /// The next tokens by rank, of two bytes or more. Finds the two parts that the rules before leave
  /// of each and adds the rule for them; `left` becomes the length of the left part, or stays 0
  /// where it has no rule: more than two parts are left. `whole_pieces`: a piece of a token's bytes
  /// is the token even so. Throws kCorrupt for bytes that are a token already.
  void add_tokens(std::span<NewToken> tokens, bool whole_pieces);
  /// A token that is only ever a whole piece. False where its bytes are a token already.
  bool add_whole(std::string_view bytes, TokenId id) { return vocab_.insert(bytes, id); }
  /// Whether all rules together leave two parts of `bytes`, or fewer.
  bool has_late_rule(std::string_view bytes) const;

  /// The token that is all of a piece, or BpeVocab::kNone.
  TokenId find(const PieceKey& key) const noexcept { return vocab_.find(key); }
  TokenId find(std::string_view piece) const noexcept { return vocab_.find(piece); }
  /// Ask for the memory that find() will need: the one for many pieces, then the other.
  void prefetch(const PieceKey& key) const noexcept { vocab_.prefetch(key); }
  void prefetch_token(const PieceKey& key) const noexcept { vocab_.prefetch_token(key); }
  /// Pieces of up to BpeMerges::kMaxShort bytes, many at a time.
  void merge(std::span<MergeJob> jobs) const noexcept { merges_.merge_short(jobs); }
  /// One of any length; its symbols stand in scratch.symbols.
  void merge(std::string_view piece, MergeScratch& scratch) const;
  TokenId id_of(Symbol symbol) const noexcept { return id_of_[symbol]; }

 private:
  void add_rule(NewToken& token, std::span<const Symbol> parts, bool whole_piece);

  BpeVocab vocab_;
  BpeMerges merges_;
  std::vector<TokenId> id_of_;            // of a symbol
  std::vector<std::uint32_t> length_of_;  // of a symbol, in bytes
  MergeScratch scratch_;                  // for building
};

}  // namespace dsprep
