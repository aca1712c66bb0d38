// Unigram as SentencePiece does it (EncodeOptimized in unigram_model.cc, with the arithmetic that
// unigram.h tells of).
#include <algorithm>
#include <cfloat>
#include <span>
#include <utility>

#include "lib/text/neighbours.h"
#include "lib/text/sentencepiece/encoder.h"
#include "lib/text/unigram.h"

namespace dsprep::sentencepiece {
namespace {

constexpr float kUnknownPenalty = 10.0F;

struct Scores {
  std::vector<float> of_piece;
  float unknown = 0;
};

// A user-defined symbol is worth more than anything that it could be cut into: 0.1 for each byte
// but one (since 0.2.3, told from its results).
Scores scores_of(const Vocabulary& v) {
  float lowest = FLT_MAX;
  for (const Piece& piece : v.model.pieces) {
    if (piece.type != PieceType::kNormal) continue;
    lowest = std::min(lowest, piece.score);
  }
  Scores scores;
  for (const Piece& piece : v.model.pieces) {
    const bool symbol = piece.type == PieceType::kUserDefined;
    const double bonus = 0.1 * (static_cast<double>(piece.text.size()) - 1);
    scores.of_piece.push_back(symbol ? static_cast<float>(bonus) : piece.score);
  }
  scores.unknown = lowest - kUnknownPenalty;
  return scores;
}

std::size_t longest_of(const std::vector<std::string>& pieces) {
  std::size_t longest = 4;  // an unknown character
  for (const std::string& piece : pieces) longest = std::max(longest, piece.size());
  return longest;
}

class UnigramEncoder final : public Encoder {
 public:
  UnigramEncoder(const Vocabulary& vocabulary, Scores scores)
      : v_(vocabulary),
        model_(vocabulary.pieces, std::move(scores.of_piece), scores.unknown,
               longest_of(vocabulary.in_text)) {
    for (const std::string& piece : v_.in_text) neighbours_.add_piece(piece);
  }

  void encode(std::string_view text, WordCache& cache, Progress& progress) const override {
    thread_local Unigram<float>::Path path;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = neighbours_.end_of_part(text, at);
      const std::string_view part = text.substr(at, end - at);
      if (part.size() <= WordCache::kMostBytes) {
        encode_short(part, text.size() - at, cache, path, progress);
      } else {
        model_.best_path(part, progress.total, path);
        add(part, path, progress);
      }
      at = end;
    }
    if (path.steps.capacity() > kKeep) path = {};
  }

  std::size_t part_end(std::string_view text) const noexcept override {
    return neighbours_.end_of_part(text, 0);
  }

 private:
  void encode_short(std::string_view part, std::size_t readable, WordCache& cache,
                    Unigram<float>::Path& path, Progress& progress) const {
    const WordCache::Key key = WordCache::key_of(part, readable);
    const WordCache::Entry* const known = cache.find(key);
    if (known != nullptr &&
        model_.is_safe(static_cast<double>(known->margin), known->note, progress.total)) {
      for (std::size_t i = 0; i < known->count; ++i) model_.add({known->ids[i], 0}, progress.total);
      progress.add(*known);
      return;
    }
    const std::size_t before = progress.flush().size();
    model_.best_path(part, progress.total, path);
    if (!add(part, path, progress) || path.margin <= 0) return;
    if (WordCache::Entry* const entry =
            cache.put(key, std::span(progress.flush()).subspan(before))) {
      entry->note = static_cast<std::uint16_t>(path.characters);
      entry->margin = std::nextafter(static_cast<float>(path.margin), 0.0F);
    }
  }

  // False where a character has no piece.
  bool add(std::string_view part, const Unigram<float>::Path& path, Progress& progress) const {
    bool known = true;
    std::size_t at = 0;
    for (const auto& step : path.steps) {
      if (step.piece != Unigram<float>::kUnknown) {
        progress.add(step.piece);
      } else {
        progress.add_unknown(v_, part.substr(at, step.length));
        known = false;
      }
      at += step.length;
    }
    return known;
  }

  static constexpr std::size_t kKeep = 1U << 16;

  const Vocabulary& v_;
  Unigram<float> model_;
  Neighbours neighbours_;
};

}  // namespace

std::unique_ptr<Encoder> make_unigram_encoder(const Vocabulary& vocabulary) {
  return std::make_unique<UnigramEncoder>(vocabulary, scores_of(vocabulary));
}

}  // namespace dsprep::sentencepiece
