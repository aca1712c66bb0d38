#include "lib/text/hf/model.h"

#include <limits>
#include <utility>

#include "lib/text/hf/json_parts.h"

namespace dsprep::hf {
namespace {

constexpr std::size_t kMostIdsWithoutToken = 1U << 20;

std::vector<std::pair<std::string, TokenId>> tokens_of(const nlohmann::json& json) {
  if (!json.is_object()) throw Error(ErrorCode::kCorrupt, "the vocabulary is no object");
  std::vector<std::pair<std::string, TokenId>> tokens;
  tokens.reserve(json.size());
  for (const auto& [token, id] : json.items()) {
    if (!id.is_number_unsigned() || id.get<std::uint64_t>() > std::numeric_limits<TokenId>::max())
      throw Error(ErrorCode::kCorrupt,
                  "the id of the token '" + token + "' is no integer of 32 bits");
    tokens.emplace_back(token, id.get<TokenId>());
  }
  return tokens;
}

class WordLevel final : public Model {
 public:
  explicit WordLevel(const nlohmann::json& json)
      : vocab_(json.at("vocab")),
        unknown_(vocab_.id_of(value_or<std::string>(json, "unk_token", "<unk>"))) {}

  void encode(std::string_view word, std::vector<TokenId>& ids) const override {
    const std::optional<TokenId> id = vocab_.id_of(word);
    if (!id && !unknown_)
      throw Error(ErrorCode::kBadRow, "the text has a word that the vocabulary does not have");
    ids.push_back(id ? *id : *unknown_);
  }
  const Vocab& vocab() const noexcept override { return vocab_; }

 private:
  Vocab vocab_;
  std::optional<TokenId> unknown_;
};

}  // namespace

Vocab::Vocab(const nlohmann::json& json) : Vocab(tokens_of(json)) {}

Vocab::Vocab(std::vector<std::pair<std::string, TokenId>> tokens) {
  std::vector<DoubleArray::Entry> entries;
  entries.reserve(tokens.size());
  for (const auto& [token, id] : tokens) {
    if (id >= kMostIdsWithoutToken + 2 * tokens.size()) refuse("ids far above its tokens' number");
    if (tokens_.size() <= id) tokens_.resize(id + 1);
    if (token.empty()) {
      empty_ = id;
    } else {
      entries.emplace_back(token, id);
    }
  }
  trie_ = DoubleArray(entries);
  for (auto& [token, id] : tokens) tokens_[id] = std::move(token);
  size_ = static_cast<std::uint32_t>(tokens.size());
}

std::optional<TokenId> Vocab::id_of(std::string_view token) const {
  if (token.empty()) return empty_;
  const std::uint32_t id = trie_.find(token);
  return id == DoubleArray::kNoValue ? std::nullopt : std::optional<TokenId>(id);
}

const std::string* Vocab::token_of(TokenId id) const {
  if (id >= tokens_.size() || (tokens_[id].empty() && empty_ != id)) return nullptr;
  return &tokens_[id];
}

std::string byte_token(char byte) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  const auto value = static_cast<unsigned char>(byte);
  return std::string("<0x") + kDigits[value >> 4] + kDigits[value & 15] + ">";
}

// A file of before 2021 may lack the type: the first kind that the members fit.
std::unique_ptr<Model> make_model(const nlohmann::json& json) {
  const std::string type = type_of(json);
  if (type == "WordLevel") return std::make_unique<WordLevel>(json);
  if (type == "WordPiece") return make_word_piece(json);
  if (type == "BPE") return make_bpe(json);
  if (type == "Unigram") return make_unigram(json);
  if (!type.empty()) refuse("the model '" + type + "'");
  if (json.contains("merges")) return make_bpe(json);
  if (json.contains("max_input_chars_per_word")) return make_word_piece(json);
  if (json.at("vocab").is_array()) return make_unigram(json);
  return std::make_unique<WordLevel>(json);
}

}  // namespace dsprep::hf
