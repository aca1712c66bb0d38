// BPE as SentencePiece does it (bpe_model.cc): a pair of neighbours may merge where its text is a
// piece; the piece of the highest score first, of equal scores the leftmost.
#include <algorithm>
#include <array>
#include <memory>
#include <span>
#include <utility>

#include "lib/text/added_tokens.h"
#include "lib/text/pair_merges.h"
#include "lib/text/sentencepiece/byte_merges.h"
#include "lib/text/sentencepiece/encoder.h"
#include "lib/text/sentencepiece/parts.h"
#include "lib/text/piece_batches.h"

namespace dsprep::sentencepiece {
namespace {

// A symbol is a piece, or a character that is none but stands in pieces (numbered on from the
// pieces), or a character of no piece (this bit, and where it stands).
constexpr TokenId kNoPiece = 0x80000000U;

class BpeEncoder final : public Encoder {
 public:
  explicit BpeEncoder(const Vocabulary& vocabulary)
      : v_(vocabulary), merges_(vocabulary.in_text.size()) {
    add_characters();
    std::vector<AddedTokenSplitter::Pattern> symbols;
    for (std::size_t id = 0; id < v_.in_text.size(); ++id) {
      if (v_.model.pieces[id].type == PieceType::kUserDefined && !v_.in_text[id].empty())
        symbols.push_back(
            {v_.in_text[id], {.content = v_.in_text[id], .id = static_cast<TokenId>(id)}});
    }
    symbols_ = AddedTokenSplitter(std::move(symbols), SpecialTokens::kAllow);
  }

  std::unique_ptr<Memory> make_memory() const override {
    if (byte_merges_ == nullptr) return std::make_unique<Words>();
    return std::make_unique<Batches>();
  }

  std::size_t encode(std::string_view text, bool more, Memory& memory,
                     Progress& progress) const override {
    if (symbols_.empty()) return encode_plain(text, more, memory, progress);
    if (more) return 0;  // a symbol may stand across any place
    symbols_.split(
        text, [&](std::string_view plain) { encode_plain(plain, false, memory, progress); },
        [&](const AddedToken& symbol) { progress.add(symbol.id); });
    return text.size();
  }

  bool forgets() const noexcept override { return true; }
  const Neighbours& neighbours() const noexcept override { return neighbours_; }

 private:
  void add_characters() {
    std::vector<std::string_view> characters;
    std::array<bool, 128> seen{};
    for (const std::string& piece : v_.in_text) {
      for_each_code_point(piece, [&](char32_t value, std::string_view c) {
        if (value < 128 && std::exchange(seen[value], true)) return;
        characters.push_back(c);
      });
    }
    std::ranges::sort(characters);
    characters.erase(std::unique(characters.begin(), characters.end()), characters.end());
    std::vector<DoubleArray::Entry> entries;
    for (const std::string_view character : characters) {
      TokenId symbol = v_.pieces.find(character);
      if (symbol == DoubleArray::kNoValue) {
        symbol = static_cast<TokenId>(v_.in_text.size() + other_characters_.size());
        other_characters_.push_back(character);
      }
      entries.emplace_back(character, symbol);
    }
    characters_ = DoubleArray(std::move(entries));
    add_merges(characters);
  }

  TokenId symbol_of(std::string_view text) const {
    const TokenId piece = v_.pieces.find(text);
    return piece != DoubleArray::kNoValue ? piece : characters_.find(text);
  }

  std::string_view text_of(TokenId symbol) const {
    return symbol < v_.in_text.size() ? std::string_view(v_.in_text[symbol])
                                      : other_characters_[symbol - v_.in_text.size()];
  }

  // Every pair whose text is a piece, by the place of the piece's score.
  PairMerges all_merges() const {
    std::vector<float> scores;
    for (const Piece& piece : v_.model.pieces) scores.push_back(piece.score);
    std::ranges::sort(scores, std::greater<>());
    scores.erase(std::unique(scores.begin(), scores.end()), scores.end());
    PairMerges merges(4 * v_.in_text.size());
    for (std::size_t id = 0; id < v_.in_text.size(); ++id) {
      const std::string_view piece = v_.in_text[id];
      const auto rank =
          std::ranges::lower_bound(scores, v_.model.pieces[id].score, std::greater<>()) -
          scores.begin();
      for (std::size_t cut = 1; cut < piece.size(); ++cut) {
        if ((static_cast<unsigned char>(piece[cut]) & 0xC0) == 0x80) continue;
        const TokenId left = symbol_of(piece.substr(0, cut));
        if (left == DoubleArray::kNoValue) continue;
        const TokenId right = symbol_of(piece.substr(cut));
        if (right == DoubleArray::kNoValue) continue;
        merges.add(left, right, {static_cast<std::uint32_t>(rank), static_cast<TokenId>(id)});
      }
    }
    return merges;
  }

  // One pair a piece is enough: where a stretch of text becomes one piece, nothing joins its ends
  // to what stands beside it before, so that the merges inside are those of the stretch alone, and
  // the last of them is always the same. A piece that its own text does not become never comes
  // about.
  void add_merges(std::span<const std::string_view> characters) {
    const PairMerges all = all_merges();
    std::vector<ByteMerges::Rule> rules;
    std::vector<TokenId> symbols;
    for (const std::string& piece : v_.in_text) {
      symbols.clear();
      for_each_code_point(
          piece, [&](char32_t, std::string_view c) { symbols.push_back(characters_.find(c)); });
      if (symbols.size() < 2) continue;
      all.apply(symbols, 2);
      const PairMerges::Merge* const last =
          symbols.size() == 2 ? all.find(symbols[0], symbols[1]) : nullptr;
      if (last == nullptr) continue;
      merges_.add(symbols[0], symbols[1], *last);
      rules.push_back({text_of(symbols[0]), text_of(symbols[1]), last->id, last->rank});
      neighbours_.add_piece(piece);
    }
    for (unsigned char c = 0; c < 128; ++c) {
      const char character = static_cast<char>(c);
      ascii_[c] = characters_.find({&character, 1});
    }
    byte_merges_ = ByteMerges::make(v_, characters, std::move(rules));
  }

  struct Words final : Memory {
    WordCache cache;
  };
  struct Batches final : Memory {
    PieceBatches batches;
    std::vector<TokenId> ids;  // of a piece
    std::vector<MergeJob> jobs;
    std::vector<std::array<Symbol, ByteMerges::kMostBytes>> symbols;  // of the jobs
  };

  std::size_t encode_plain(std::string_view text, bool more, Memory& memory,
                           Progress& progress) const {
    if (byte_merges_ != nullptr) {
      auto& m = static_cast<Batches&>(memory);
      return for_each_part<PieceBatches::kMost>(
          text, more, neighbours_, [&](const WordSpans& parts) {
            merge(m.batches.look_up({parts.text, parts.begins[0], {parts.ends, parts.count}}), m);
            m.batches.finish(progress.known_ids().flush());
          });
    }
    WordCache& cache = static_cast<Words&>(memory).cache;
    return for_each_part<kWordBatch>(text, more, neighbours_, [&](const WordSpans& parts) {
      look_up_words(
          parts, cache,
          [&](const WordCache::Entry& entry, std::string_view) { progress.add(entry, cache); },
          [&](std::string_view part) { encode_missing(part, cache, progress); });
    });
  }

  // All that are short enough side by side: a lookup waits for memory far longer than it computes.
  void merge(std::span<NewPiece> pieces, Batches& m) const {
    m.jobs.clear();
    if (m.symbols.size() < pieces.size()) m.symbols.resize(pieces.size());
    for (const NewPiece& piece : pieces) {
      if (byte_merges_->takes(piece.text))
        m.jobs.push_back({piece.text, m.symbols[m.jobs.size()].data()});
    }
    byte_merges_->merge(m.jobs);
    auto job = m.jobs.begin();
    for (NewPiece& piece : pieces) {
      m.ids.clear();
      if (job != m.jobs.end() && job->piece.data() == piece.text.data()) {
        byte_merges_->append_ids({job->symbols, job->count}, m.ids);
        ++job;
      } else {
        Progress alone(m.ids);
        encode_part(piece.text, alone);
        alone.flush();
      }
      std::ranges::copy(m.ids, m.batches.make_ids(piece, m.ids.size()).begin());
    }
  }

  void encode_missing(std::string_view part, WordCache& cache, Progress& progress) const {
    const std::size_t before = progress.flush().size();
    if (encode_part(part, progress)) return;  // unknown ids may join with a neighbour's
    const auto fresh = std::span(progress.flush()).subspan(before);
    if (part.size() <= WordCache::kMostBytes && fresh.size() <= WordCache::kMostIds)
      cache.put(part, fresh);
  }

  // True where it gave the unknown id.
  bool encode_part(std::string_view part, Progress& progress) const {
    thread_local std::vector<TokenId> symbols;
    symbols.clear();
    for (std::size_t at = 0; at < part.size();) {
      const std::size_t length = code_point_at(part, at).length;
      const TokenId symbol = length == 1 ? ascii_[static_cast<unsigned char>(part[at]) & 0x7FU]
                                         : characters_.find(part.substr(at, length));
      symbols.push_back(symbol != DoubleArray::kNoValue ? symbol
                                                        : kNoPiece | static_cast<TokenId>(at));
      at += length;
    }
    merges_.apply(symbols);
    bool unknown = false;
    for (const TokenId symbol : symbols) {
      if (symbol < v_.in_text.size()) {
        progress.add(symbol);
        continue;
      }
      const std::string_view rest = symbol < kNoPiece
                                        ? other_characters_[symbol - v_.in_text.size()]
                                        : part.substr(symbol & ~kNoPiece);
      progress.add_unknown(v_, rest.substr(0, code_point_at(rest, 0).length));
      unknown = unknown || !v_.model.byte_fallback;
    }
    if (symbols.capacity() > kKeep) symbols = {};
    return unknown;
  }

  static constexpr std::size_t kKeep = 1U << 16;

  const Vocabulary& v_;
  DoubleArray characters_;
  std::vector<std::string_view> other_characters_;
  std::array<TokenId, 128> ascii_{};
  PairMerges merges_;
  std::unique_ptr<ByteMerges> byte_merges_;  // may be null
  Neighbours neighbours_;
  AddedTokenSplitter symbols_;
};

}  // namespace

std::unique_ptr<Encoder> make_bpe_encoder(const Vocabulary& vocabulary) {
  return std::make_unique<BpeEncoder>(vocabulary);
}

}  // namespace dsprep::sentencepiece
