// A byte-pair vocabulary: pieces to ids. Built by one thread, then read by any number of them, each
// with a workspace of its own.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "dsprep/tokenizer.h"
#include "lib/text/bpe_merges.h"
#include "lib/text/bpe_vocab.h"
#include "lib/text/piece_cache.h"

namespace dsprep {

/// What a thread needs to encode; about 1 MiB, more after very long pieces.
struct BpeWorkspace {
  PieceCache cache;
  MergeScratch merge;
  std::vector<TokenId> ids;
};

class BpeModel {
 public:
  /// Room for `tokens` of them.
  explicit BpeModel(std::size_t tokens);

  /// The token of one byte; all 256 are needed before anything else. False for a second one.
  bool add_byte(unsigned char byte, TokenId id);
  /// The next token by rank, of two bytes or more. Finds the two parts that the rules so far leave
  /// of it and adds the rule for them; returns the length of the left part, or 0 where it has no
  /// rule: the rules so far leave more than two parts. `whole_piece`: a piece of these bytes is
  /// this token even so. Throws kCorrupt for bytes that are a token already.
  std::size_t add_token(std::string_view bytes, TokenId id, bool whole_piece);
  /// Whether all rules together leave two parts of `bytes`, or fewer.
  bool has_late_rule(std::string_view bytes) const;

  /// Appends the ids of a piece that is not empty.
  void encode(std::string_view piece, BpeWorkspace& workspace, std::vector<TokenId>& out) const;
  /// The same for a piece of 1 to kMaxKeyed bytes that is not in the cache: puts it there.
  const PieceCache::Entry& encode_short(const PieceKey& key, std::string_view piece,
                                        BpeWorkspace& workspace) const;

 private:
  void merge(std::string_view piece, MergeScratch& scratch) const;

  BpeVocab vocab_;
  BpeMerges merges_;
  std::vector<TokenId> id_of_;            // of a symbol
  std::vector<std::uint32_t> length_of_;  // of a symbol, in bytes
  MergeScratch scratch_;                  // for building
};

}  // namespace dsprep
