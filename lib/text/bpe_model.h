// A byte-pair vocabulary: pieces to ids. Built by one thread, then read by any number of them, each
// with a workspace of its own.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dsprep/tokenizer.h"
#include "lib/text/bpe_merges.h"
#include "lib/text/bpe_vocab.h"
#include "lib/text/piece_cache.h"
#include "lib/text/piece_lookup.h"

namespace dsprep {

/// What a thread needs to encode: about 9 MiB, more after very long pieces.
class BpeWorkspace {
 private:
  friend class BpeModel;
  static constexpr std::size_t kRoom = PieceBatch::kMost * PieceCache::kMaxShort;

  void hand_on(std::vector<TokenId>& ids) {
    ids.insert(ids.end(), ids_.data(), ids_.data() + count_);
    count_ = 0;
  }

  PieceCache cache_;
  PieceLookup lookup_ = best_lookup();
  PieceBatch batch_;
  std::vector<TokenId> ids_ = std::vector<TokenId>(2 * kRoom + PieceCache::kInline + 1);
  std::size_t count_ = 0;  // of them: they wait until they are many

  // The new pieces of a batch.
  std::vector<MergeJob> jobs_;
  std::vector<PieceCache::Entry*> places_;  // of the jobs' pieces; null: a long one
  std::vector<Symbol> symbols_;             // of the jobs
  std::vector<TokenId> found_;              // of a piece
  MergeScratch merge_;
};

class BpeModel {
 public:
  /// Room for `tokens` of them.
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

  /// Pieces have at most so many bytes: merging takes about 40 bytes a byte.
  static constexpr std::size_t kLongestPiece = std::size_t{4} << 20;

  /// Puts the tokens into the workspace's cache, which is new: where two want one place, the one of
  /// the smaller id. Takes a few milliseconds, and saves more where texts are long.
  void warm_up(BpeWorkspace& workspace) const;

  /// Encodes the pieces of `text` that end at `ends`, the first of which begins at `start`. Throws
  /// kTooLarge; a workspace is of no use after an exception.
  void add(std::string_view text, std::uint32_t start, std::span<const std::uint32_t> ends,
           BpeWorkspace& workspace, std::vector<TokenId>& ids) const;

 private:
  struct Pieces {
    const char* readable;  // the text: kReach bytes from every piece's begin on
    std::uint32_t start;
    std::span<const std::uint32_t> ends;
    std::string_view operator[](std::size_t i) const {
      const std::uint32_t begin = i == 0 ? start : ends[i - 1];
      return {readable + begin, ends[i] - begin};
    }
  };
  static constexpr std::size_t kReach = PieceCache::kMaxShort;

  void add_rule(NewToken& token, std::span<const Symbol> parts, bool whole_piece);
  void merge(std::string_view piece, MergeScratch& scratch) const;

  void add_batch(const Pieces& pieces, BpeWorkspace& workspace, std::vector<TokenId>& ids) const;
  void learn(const Pieces& pieces, std::size_t first, BpeWorkspace& workspace) const;
  TokenId find_whole(std::string_view piece) const noexcept;
  void merge_jobs(BpeWorkspace& workspace) const;
  std::span<const TokenId> ids_of(std::span<const Symbol> symbols, BpeWorkspace& workspace) const;
  void add_alone(std::string_view piece, std::size_t number, BpeWorkspace& workspace,
                 std::vector<TokenId>& ids) const;

  BpeVocab vocab_;
  BpeMerges merges_;
  std::vector<TokenId> id_of_;            // of a symbol
  std::vector<std::uint32_t> length_of_;  // of a symbol, in bytes
  MergeScratch scratch_;                  // for building
};

}  // namespace dsprep
