// Pieces to ids by a BpeModel: what one thread needs, about 6 MiB; more after very long pieces.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "lib/text/bpe_model.h"
#include "lib/text/piece_batches.h"

namespace dsprep {

class BpeEncoder {
 public:
  /// The model must outlive it.
  explicit BpeEncoder(const BpeModel& model) : model_(model) {}

  /// Pieces have at most so many bytes: merging takes about 40 bytes a byte.
  static constexpr std::size_t kLongestPiece = std::size_t{4} << 20;

  /// Appends the ids of the pieces. Throws kTooLarge; of no use after an exception.
  void add(PieceSpans pieces, std::vector<TokenId>& ids);

 private:
  void encode(std::span<NewPiece> pieces);
  void set_ids(NewPiece& piece, std::span<const Symbol> symbols);
  void merge_alone(NewPiece& piece);

  const BpeModel& model_;
  PieceBatches batches_;
  std::vector<NewPiece*> merged_;  // the pieces of the jobs
  std::vector<MergeJob> jobs_;
  std::vector<Symbol> symbols_;  // of the jobs
  MergeScratch scratch_;
};

}  // namespace dsprep
