// BPE as SentencePiece does it (bpe_model.cc): a pair of neighbours may merge where its text is a
// piece; the piece of the highest score first, of equal scores the leftmost.
#include <algorithm>
#include <span>
#include <utility>

#include "dsprep/error.h"
#include "lib/text/added_tokens.h"
#include "lib/text/neighbours.h"
#include "lib/text/pair_merges.h"
#include "lib/text/sentencepiece/encoder.h"

namespace dsprep::sentencepiece {
namespace {

// A symbol is a piece, or a character that is none but stands in pieces (numbered on from the
// pieces), or a character of no piece (this bit, and where it stands).
constexpr TokenId kNoPiece = 0x80000000U;

class BpeEncoder final : public Encoder {
 public:
  explicit BpeEncoder(const Vocabulary& vocabulary) : v_(vocabulary) {
    add_characters();
    add_merges();
    std::vector<AddedTokenSplitter::Pattern> symbols;
    for (std::size_t id = 0; id < v_.in_text.size(); ++id) {
      neighbours_.add_piece(v_.in_text[id]);
      if (v_.model.pieces[id].type == PieceType::kUserDefined && !v_.in_text[id].empty())
        symbols.push_back(
            {v_.in_text[id], {.content = v_.in_text[id], .id = static_cast<TokenId>(id)}});
    }
    symbols_ = AddedTokenSplitter(std::move(symbols), SpecialTokens::kAllow);
  }

  void encode(std::string_view text, WordCache& cache, Progress& progress) const override {
    if (symbols_.empty()) {
      encode_plain(text, cache, progress);
    } else {
      symbols_.split(
          text, [&](std::string_view plain) { encode_plain(plain, cache, progress); },
          [&](const AddedToken& symbol) { progress.add(symbol.id); });
    }
  }

  std::size_t part_end(std::string_view text) const noexcept override {
    return neighbours_.end_of_part(text, 0);
  }

 private:
  void add_characters() {
    std::vector<DoubleArray::Entry> entries;
    for (const std::string& piece : v_.in_text) {
      for_each_code_point(piece,
                          [&](char32_t, std::string_view c) { entries.emplace_back(c, 0U); });
    }
    std::ranges::sort(entries);
    entries.erase(std::unique(entries.begin(), entries.end()), entries.end());
    for (auto& [character, symbol] : entries) {
      symbol = v_.pieces.find(character);
      if (symbol != DoubleArray::kNoValue) continue;
      symbol = static_cast<TokenId>(v_.in_text.size() + other_characters_.size());
      other_characters_.push_back(character);
    }
    characters_ = DoubleArray(std::move(entries));
  }

  TokenId symbol_of(std::string_view text) const {
    const TokenId piece = v_.pieces.find(text);
    return piece != DoubleArray::kNoValue ? piece : characters_.find(text);
  }

  void add_merges() {
    std::vector<float> scores;
    for (const Piece& piece : v_.model.pieces) scores.push_back(piece.score);
    std::ranges::sort(scores, std::greater<>());
    scores.erase(std::unique(scores.begin(), scores.end()), scores.end());
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
        merges_.add(left, right, {static_cast<std::uint32_t>(rank), static_cast<TokenId>(id)});
      }
    }
  }

  void encode_plain(std::string_view text, WordCache& cache, Progress& progress) const {
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = neighbours_.end_of_part(text, at);
      const std::string_view part = text.substr(at, end - at);
      if (part.size() <= WordCache::kMostBytes) {
        encode_short(part, text.size() - at, cache, progress);
      } else {
        encode_part(part, progress);
      }
      at = end;
    }
  }

  void encode_short(std::string_view part, std::size_t readable, WordCache& cache,
                    Progress& progress) const {
    const WordCache::Key key = WordCache::key_of(part, readable);
    if (const WordCache::Entry* const known = cache.find(key)) {
      progress.add(*known);
      return;
    }
    const std::size_t before = progress.flush().size();
    if (encode_part(part, progress)) return;  // unknown ids may join with a neighbour's
    cache.put(key, std::span(progress.flush()).subspan(before));
  }

  // True where it gave the unknown id.
  bool encode_part(std::string_view part, Progress& progress) const {
    if (part.size() >= kNoPiece)
      throw Error(ErrorCode::kTooLarge, "the text has a part of 2 GiB that cannot be cut");
    thread_local std::vector<TokenId> symbols;
    symbols.clear();
    for (std::size_t at = 0; at < part.size();) {
      const std::size_t length = code_point_at(part, at).length;
      const TokenId symbol = characters_.find(part.substr(at, length));
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
  PairMerges merges_{1U << 16};
  Neighbours neighbours_;
  AddedTokenSplitter symbols_;
};

}  // namespace

std::unique_ptr<Encoder> make_bpe_encoder(const Vocabulary& vocabulary) {
  return std::make_unique<BpeEncoder>(vocabulary);
}

}  // namespace dsprep::sentencepiece
