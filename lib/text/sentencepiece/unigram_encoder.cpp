// Unigram as SentencePiece does it (EncodeOptimized in unigram_model.cc, with the arithmetic that
// unigram.h tells of).
#include <algorithm>
#include <bit>
#include <cfloat>
#include <utility>

#include "lib/text/sentencepiece/encoder.h"
#include "lib/text/sentencepiece/parts.h"
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

// The bits of numbers that are not negative are in the order of the numbers.
std::uint32_t bits_of(float number) noexcept { return std::bit_cast<std::uint32_t>(number); }

class UnigramEncoder final : public Encoder {
 public:
  UnigramEncoder(const Vocabulary& vocabulary, Scores scores)
      : v_(vocabulary),
        score_of_(scores.of_piece),
        model_(vocabulary.pieces, std::move(scores.of_piece), scores.unknown,
               longest_of(vocabulary.in_text)) {
    for (const std::string& piece : v_.in_text) neighbours_.add_piece(piece);
    score_of_[v_.unknown] = 0;
    if (!v_.model.byte_fallback) return;
    for (unsigned byte = 0; byte < 256; ++byte)
      score_of_[v_.byte_ids[byte]] = (byte & 0xC0) == 0x80 ? 0 : scores.unknown;
  }

  std::unique_ptr<Memory> make_memory() const override { return std::make_unique<Words>(); }

  std::size_t encode(std::string_view text, bool more, Memory& memory,
                     Progress& progress) const override {
    Work work{static_cast<Words&>(memory).cache, progress, {}, {}};
    return for_each_part<kWordBatch>(text, more, neighbours_, [&](const WordSpans& parts) {
      look_up_words(
          parts, work.cache,
          [&](const WordCache::Entry& entry, std::string_view part) {
            if (holds(entry, progress.total)) [[likely]] {
              add(entry, work);
            } else {
              encode_missing(part, work);
            }
          },
          [&](std::string_view part) { encode_missing(part, work); });
    });
  }

  bool forgets() const noexcept override { return false; }  // the total runs on
  const Neighbours& neighbours() const noexcept override { return neighbours_; }

 private:
  struct Words final : Memory {
    WordCache cache;
  };
  struct Work {
    WordCache& cache;
    Progress& progress;
    Unigram<float>::Path path;
    std::vector<TokenId> ids;
  };

  // In an entry: the upper half of the limit's bits, and the floor's exponent, for it is a power of
  // two or 0.
  static bool holds(const WordCache::Entry& entry, float total) noexcept {
    const std::uint32_t size = bits_of(0.0F - total);
    return size >> 16 < entry.limit && size >> 23 >= entry.floor;
  }

  // Each score is added for itself, for that is how the reference rounds.
  void add(const WordCache::Entry& entry, Work& work) const {
    float& total = work.progress.total;
    if (entry.count <= WordCache::kInside) [[likely]] {
      for (const TokenId id : entry.ids) total += score_of_[id];
    } else {
      for (const TokenId id : work.cache.ids_of(entry)) total += score_of_[id];
    }
    work.progress.add(entry, work.cache);
  }

  void encode_missing(std::string_view part, Work& work) const {
    model_.best_path(part, work.progress.total, work.path);
    if (!add_path(part, work) || work.path.limit <= 0 || part.size() > WordCache::kMostBytes ||
        work.ids.size() > WordCache::kMostIds)
      return;
    WordCache::Entry& entry = work.cache.put(part, work.ids);
    entry.limit = static_cast<std::uint16_t>(bits_of(static_cast<float>(work.path.limit)) >> 16);
    entry.floor =
        static_cast<std::uint8_t>(bits_of(static_cast<float>(work.path.floor)) >> 23);
    for (std::size_t i = entry.count; i < entry.ids.size(); ++i) entry.ids[i] = v_.unknown;
  }

  // Leaves its ids in work.ids. False where one is the unknown id, which may join with a neighbour.
  bool add_path(std::string_view part, Work& work) const {
    bool known = true;
    work.ids.clear();
    std::size_t at = 0;
    for (const auto& step : work.path.steps) {
      const std::string_view text = part.substr(at, step.length);
      if (step.piece != Unigram<float>::kUnknown) {
        work.progress.add(step.piece);
        work.ids.push_back(step.piece);
      } else {
        work.progress.add_unknown(v_, text);
        if (v_.model.byte_fallback)
          for (const char byte : v_.surface(text))
            work.ids.push_back(v_.byte_ids[static_cast<unsigned char>(byte)]);
        known = known && v_.model.byte_fallback;
      }
      at += step.length;
    }
    return known;
  }

  const Vocabulary& v_;
  // What an id adds to the total: of a character that is written as bytes, the first one all, and
  // the unknown id, which fills entries up, nothing.
  std::vector<float> score_of_;
  Unigram<float> model_;
  Neighbours neighbours_;
};

}  // namespace

std::unique_ptr<Encoder> make_unigram_encoder(const Vocabulary& vocabulary) {
  return std::make_unique<UnigramEncoder>(vocabulary, scores_of(vocabulary));
}

}  // namespace dsprep::sentencepiece
