// A byte-pair vocabulary: pieces to ids. Built by one thread, then read by any number of them, each
// with a workspace of its own.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dsprep/tokenizer.h"
#include "lib/text/bpe_merges.h"
#include "lib/text/bpe_vocab.h"
#include "lib/text/piece_cache.h"

namespace dsprep {

/// What a thread needs to encode; a few MiB, more after very long pieces.
struct BpeWorkspace {
  static constexpr std::size_t kBatch = 2048;

  PieceCache cache;
  MergeScratch merge;
  // The batch: pieces of 1 to kMaxBatched bytes, which must stay where they are until it is
  // encoded.
  static constexpr std::size_t kMaxBatched = PieceCache::kMaxLong;
  std::size_t count = 0;
  std::array<std::string_view, kBatch> pieces;
  /// Adds a piece to a batch that is not full. Bytes up to `readable_end` may be looked at.
  void add(std::string_view piece, const char* readable_end) noexcept {
    const std::size_t i = count++;
    pieces[i] = piece;
    if (piece.size() > kMaxKeyed) return;
    keys[i] = readable_end - piece.data() >= 16 ? key_of_padded(piece.data(), piece.size())
                                                : key_of(piece);
    places[i] = cache.place_of(keys[i]);
  }
  std::array<PieceKey, kBatch> keys;
  std::array<std::uint32_t, kBatch> places;              // in the cache
  std::array<const PieceCache::Entry*, kBatch> entries;  // in the cache, or in fresh
  std::array<PieceCache::Entry, kBatch> fresh;           // what the cache did not have
  std::array<std::uint32_t, kBatch> missing;             // numbers of pieces
  std::size_t missing_count = 0;
  std::vector<MergeJob> jobs;
  std::vector<std::uint32_t> long_pieces;
  std::vector<std::uint32_t> job_pieces;                                 // the piece of each job
  std::array<std::array<Symbol, BpeMerges::kMaxShort>, kBatch> symbols;  // of the jobs
  std::vector<TokenId> ids;
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

  /// Appends the ids of a piece of any length.
  void encode(std::string_view piece, BpeWorkspace& workspace, std::vector<TokenId>& out) const;
  /// Appends the ids of the batch in the workspace, which is empty afterwards. `borders` are
  /// numbers of pieces, rising: for each, the size that `out` has before that piece goes to
  /// `sizes`.
  void encode_batch(BpeWorkspace& workspace, std::vector<TokenId>& out,
                    std::span<const std::uint32_t> borders = {},
                    std::vector<std::size_t>* sizes = nullptr) const;

 private:
  void merge(std::string_view piece, MergeScratch& scratch) const;
  void add_rule(NewToken& token, std::span<const Symbol> parts, bool whole_piece);
  void look_up(BpeWorkspace& workspace) const;
  void make_entries(BpeWorkspace& workspace) const;
  void emit(std::size_t first, std::size_t last, BpeWorkspace& workspace,
            std::vector<TokenId>& out) const;
  void remember(BpeWorkspace& workspace) const;
  void set_ids(std::span<const Symbol> symbols, PieceCache::Entry& entry,
               BpeWorkspace& workspace) const;

  BpeVocab vocab_;
  BpeMerges merges_;
  std::vector<TokenId> id_of_;            // of a symbol
  std::vector<std::uint32_t> length_of_;  // of a symbol, in bytes
  MergeScratch scratch_;                  // for building
};

}  // namespace dsprep
