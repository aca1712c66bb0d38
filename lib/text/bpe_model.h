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
#include "lib/text/piece_lookup.h"

namespace dsprep {

/// Where ids go, and the size that the vector has behind each text.
struct BpeOutput {
  std::vector<TokenId>& ids;
  std::vector<std::size_t>& ends;
};

/// What a thread needs to encode; about 6 MiB, more after very long pieces.
class BpeWorkspace {
 public:
  BpeWorkspace();

 private:
  friend class BpeModel;
  // Ids wait until so many are there, or so many pieces are missing: misses cost least together.
  static constexpr std::size_t kIds = 4096, kMissing = 256;

  struct Missing {
    std::string_view piece;
    std::size_t at = 0;      // its ids belong here among those that wait
    std::size_t number = 0;  // its own, and that of an equal one that is missing already
    std::size_t same = 0;
    PieceCache::Entry* place = nullptr;  // null for a piece that has none
    PieceCache::Entry before = {};       // what stood there
    PieceKey key = {};                   // of up to kMaxKeyed bytes
    std::size_t first = 0, count = 0;    // its ids, among found_
  };
  struct Border {
    std::size_t at, missing;  // ids that wait and pieces that are missing before it
  };

  PieceCache cache_;
  PieceLookup lookup_ = best_lookup();
  PieceBatch batch_;
  std::vector<TokenId> ids_;  // that wait, without those of missing pieces
  std::size_t count_ = 0;     // of them
  std::vector<Missing> missing_;
  std::vector<TokenId> found_;  // ids of missing pieces
  std::vector<Border> borders_;
  MergeScratch merge_;
  std::vector<MergeJob> jobs_;
  std::vector<std::size_t> merged_;  // numbers of the jobs' pieces
  std::array<std::array<Symbol, BpeMerges::kMaxShort>, kMissing> symbols_;  // of the jobs
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

  /// Encodes the pieces of `text` that end at `ends`, the first of which begins at `start`. The
  /// text must stay where it is until flush(), which brings the last of the ids. Throws kTooLarge.
  void add(std::string_view text, std::uint32_t start, std::span<const std::uint32_t> ends,
           BpeWorkspace& workspace, BpeOutput out) const;
  /// A text ends here.
  void end_text(BpeWorkspace& workspace) const {
    workspace.borders_.push_back({workspace.count_, workspace.missing_.size()});
  }
  void flush(BpeWorkspace& workspace, BpeOutput out) const;

 private:
  void merge(std::string_view piece, MergeScratch& scratch) const;
  void add_rule(NewToken& token, std::span<const Symbol> parts, bool whole_piece);
  void add_readable(std::string_view text, const char* readable, std::uint32_t start,
                    std::span<const std::uint32_t> ends, BpeWorkspace& workspace) const;
  void add_slowly(std::string_view piece, const char* readable, std::size_t number,
                  BpeWorkspace& workspace) const;
  void find_missing(BpeWorkspace& workspace) const;
  bool find_whole(BpeWorkspace::Missing& piece, BpeWorkspace& workspace) const;
  static bool find_beside(BpeWorkspace::Missing& piece, BpeWorkspace& workspace);
  void set_ids(std::span<const Symbol> symbols, BpeWorkspace::Missing& piece,
               BpeWorkspace& workspace) const;
  static void remember(const BpeWorkspace::Missing& piece, BpeWorkspace& workspace);

  BpeVocab vocab_;
  BpeMerges merges_;
  std::vector<TokenId> id_of_;            // of a symbol
  std::vector<std::uint32_t> length_of_;  // of a symbol, in bytes
  MergeScratch scratch_;                  // for building
};

}  // namespace dsprep
