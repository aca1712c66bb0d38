#include "lib/text/hf/json_parts.h"
#include "lib/text/hf/model.h"

namespace dsprep::hf {
namespace {

// From left to right always the longest token; tokens that do not begin the word carry a prefix.
class WordPiece final : public Model {
 public:
  explicit WordPiece(const nlohmann::json& json)
      : vocab_(json.at("vocab")),
        unknown_(vocab_.id_of(value_or<std::string>(json, "unk_token", "[UNK]"))),
        most_characters_(value_or<std::size_t>(json, "max_input_chars_per_word", 100)) {
    const auto prefix = value_or<std::string>(json, "continuing_subword_prefix", "##");
    for (const char byte : prefix) continues_ = continues_ && vocab_.trie().step(inside_, byte);
  }

  void encode(std::string_view word, std::vector<TokenId>& ids) const override {
    const std::size_t before = ids.size();
    if (fits(word)) {
      std::size_t at = 0;
      while (at < word.size()) {
        const std::size_t length = longest(word, at, ids);
        if (length == 0) break;
        at += length;
      }
      if (at == word.size()) return;
    }
    if (!unknown_)
      throw Error(ErrorCode::kBadRow, "the text has a word that the vocabulary does not have");
    ids.resize(before);
    ids.push_back(*unknown_);
  }
  const Vocab& vocab() const noexcept override { return vocab_; }

 private:
  bool fits(std::string_view word) const {
    if (word.size() <= most_characters_) return true;
    std::size_t characters = 0;
    for (const char c : word) characters += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
    return characters <= most_characters_;
  }

  // Appends the id of the longest token at `at`; gives its length, 0 for none.
  std::size_t longest(std::string_view word, std::size_t at, std::vector<TokenId>& ids) const {
    const DoubleArray& trie = vocab_.trie();
    std::uint32_t node = at == 0 ? DoubleArray::kRoot : inside_;
    if (at > 0 && !continues_) return 0;
    std::size_t length = 0;
    std::uint32_t id = 0;
    for (std::size_t i = at; i < word.size() && trie.step(node, word[i]); ++i) {
      const std::uint32_t value = trie.value(node);
      if (value == DoubleArray::kNoValue) continue;
      length = i + 1 - at;
      id = value;
    }
    if (length > 0) ids.push_back(id);
    return length;
  }

  Vocab vocab_;
  std::optional<TokenId> unknown_;
  std::size_t most_characters_;
  std::uint32_t inside_ = DoubleArray::kRoot;  // the trie's node behind the prefix
  bool continues_ = true;                      // some token has the prefix
};

}  // namespace

std::unique_ptr<Model> make_word_piece(const nlohmann::json& json) {
  return std::make_unique<WordPiece>(json);
}

}  // namespace dsprep::hf
