#include <algorithm>
#include <limits>
#include <utility>

#include "lib/text/hf/json_parts.h"
#include "lib/text/hf/model.h"
#include "lib/text/neighbours.h"
#include "lib/text/unigram.h"

namespace dsprep::hf {
namespace {

constexpr double kUnknownPenalty = 10;

struct Pieces {
  std::vector<std::pair<std::string, TokenId>> tokens;
  std::vector<double> scores;
  double lowest = std::numeric_limits<double>::infinity();
  std::size_t longest = 4;  // in bytes; an unknown character has up to 4
};

Pieces read_pieces(const nlohmann::json& vocab) {
  Pieces pieces;
  for (const nlohmann::json& entry : vocab) {
    pieces.tokens.emplace_back(entry.at(0).get<std::string>(),
                               static_cast<TokenId>(pieces.tokens.size()));
    pieces.scores.push_back(entry.at(1).get<double>());
    pieces.lowest = std::min(pieces.lowest, pieces.scores.back());
    pieces.longest = std::max(pieces.longest, pieces.tokens.back().first.size());
  }
  return pieces;
}

class UnigramModel final : public Model {
 public:
  UnigramModel(const nlohmann::json& json, Pieces pieces)
      : vocab_(pieces.tokens),
        model_(vocab_.trie(), pieces.scores, pieces.lowest - kUnknownPenalty, pieces.longest),
        byte_fallback_(value_or(json, "byte_fallback", false)) {
    for (const auto& [token, id] : pieces.tokens) neighbours_.add_piece(token);
    const auto unknown = json.find("unk_id");
    if (unknown == json.end() || unknown->is_null()) return;
    unknown_ = unknown->get<TokenId>();
    if (*unknown_ >= vocab_.id_limit())
      throw Error(ErrorCode::kCorrupt, "the unknown token is not in the vocabulary");
  }

  void encode(std::string_view word, std::vector<TokenId>& ids) const override {
    thread_local Path path;
    double total = 0;
    std::string unknown;  // characters without a token, in a row
    for (std::size_t at = 0; at < word.size();) {
      const std::string_view rest = word.substr(at);
      const std::string_view part = rest.substr(0, neighbours_.end_of_part(rest));
      model_.best_path(part, total, path);
      add(part, path, unknown, ids);
      at += part.size();
    }
    flush(unknown, ids);
  }
  const Vocab& vocab() const noexcept override { return vocab_; }

 private:
  using Path = Unigram<double>::Path;

  void add(std::string_view part, const Path& path, std::string& unknown,
           std::vector<TokenId>& ids) const {
    std::size_t at = 0;
    for (const auto& step : path.steps) {
      if (step.piece == Unigram<double>::kUnknown && !unknown_)
        throw Error(ErrorCode::kBadRow,
                    "the text has a character that the vocabulary does not have");
      if (step.piece == Unigram<double>::kUnknown || step.piece == unknown_) {
        unknown += part.substr(at, step.length);
      } else {
        flush(unknown, ids);
        ids.push_back(step.piece);
      }
      at += step.length;
    }
  }

  // They become one token: one of that text, or their bytes, or the unknown one.
  void flush(std::string& text, std::vector<TokenId>& ids) const {
    if (text.empty()) return;
    if (const auto id = vocab_.id_of(text)) {
      ids.push_back(*id);
    } else if (!byte_fallback_ || !add_bytes(text, ids)) {
      ids.push_back(*unknown_);
    }
    text.clear();
  }

  bool add_bytes(std::string_view text, std::vector<TokenId>& ids) const {
    const std::size_t before = ids.size();
    for (const char byte : text) {
      const auto id = vocab_.id_of(byte_token(byte));
      if (!id) {
        ids.resize(before);
        return false;
      }
      ids.push_back(*id);
    }
    return true;
  }

  Vocab vocab_;
  Unigram<double> model_;
  Neighbours neighbours_;
  bool byte_fallback_;
  std::optional<TokenId> unknown_;
};

}  // namespace

std::unique_ptr<Model> make_unigram(const nlohmann::json& json) {
  for (const char* const option : {"alpha", "nbest_size"})
    if (json.contains(option) && !json.at(option).is_null()) refuse("a Unigram model that samples");
  return std::make_unique<UnigramModel>(json, read_pieces(json.at("vocab")));
}

}  // namespace dsprep::hf
