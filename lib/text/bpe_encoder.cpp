#include "lib/text/bpe_encoder.h"

#include <algorithm>

#include "dsprep/error.h"

namespace dsprep {

void BpeEncoder::add(PieceSpans pieces, std::vector<TokenId>& ids) {
  while (!pieces.ends.empty()) {
    const auto run = pieces.ends.first(std::min(pieces.ends.size(), PieceBatches::kMost));
    encode(batches_.look_up({pieces.text, pieces.start, run}));
    batches_.finish(ids);
    pieces.start = run.back();
    pieces.ends = pieces.ends.subspan(run.size());
  }
}

// All together: a lookup waits for memory far longer than it computes.
void BpeEncoder::encode(std::span<NewPiece> pieces) {
  for (const NewPiece& piece : pieces)
    if (!is_long(piece.key)) model_.prefetch(piece.key);
  for (const NewPiece& piece : pieces)
    if (!is_long(piece.key)) model_.prefetch_token(piece.key);
  merged_.clear();
  jobs_.clear();
  std::size_t room = 0;
  for (NewPiece& piece : pieces) {
    const TokenId id =
        is_long(piece.key) ? model_.find(piece.text) : model_.find(piece.key);
    if (id != BpeVocab::kNone) {
      batches_.make_ids(piece, 1)[0] = id;
    } else if (piece.text.size() <= BpeMerges::kMaxShort) {
      merged_.push_back(&piece);
      jobs_.push_back({piece.text, nullptr});
      room += piece.text.size();
    } else {
      merge_alone(piece);
    }
  }
  symbols_.resize(std::max(symbols_.size(), room));
  Symbol* next = symbols_.data();
  for (MergeJob& job : jobs_) {
    job.symbols = next;
    next += job.piece.size();
  }
  model_.merge(jobs_);
  for (std::size_t j = 0; j < jobs_.size(); ++j)
    set_ids(*merged_[j], {jobs_[j].symbols, jobs_[j].count});
}

void BpeEncoder::set_ids(NewPiece& piece, std::span<const Symbol> symbols) {
  std::ranges::transform(symbols, batches_.make_ids(piece, symbols.size()).begin(),
                         [&](Symbol symbol) { return model_.id_of(symbol); });
}

void BpeEncoder::merge_alone(NewPiece& piece) {
  if (piece.text.size() > kLongestPiece) {
    throw Error(ErrorCode::kTooLarge,
                "a piece of " + std::to_string(piece.text.size()) +
                    " bytes that the pattern does not cut",
                {}, "the longest is 4 MiB");
  }
  model_.merge(piece.text, scratch_);
  set_ids(piece, scratch_.symbols);
}

}  // namespace dsprep
