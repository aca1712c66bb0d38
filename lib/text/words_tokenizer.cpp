#include <nlohmann/json.hpp>
#include <unordered_map>
#include <utility>

#include "dsprep/error.h"
#include "dsprep/tokenizer.h"
#include "dsprep/words.h"
#include "lib/text/models.h"

namespace dsprep {
namespace {

constexpr TokenId kUnknown = 1;

class WordsTokenizer final : public Tokenizer {
 public:
  explicit WordsTokenizer(std::vector<std::string> words) : words_(std::move(words)) {
    ids_.reserve(words_.size());
    for (std::size_t id = 0; id < words_.size(); ++id) {
      if (!ids_.emplace(words_[id], static_cast<TokenId>(id)).second) {
        throw Error(ErrorCode::kUsage, "the vocabulary has the word '" + words_[id] + "' twice");
      }
    }
  }

  std::string_view name() const noexcept override { return "words"; }
  std::uint32_t vocab_size() const noexcept override {
    return static_cast<std::uint32_t>(words_.size());
  }
  bool needs_utf8() const noexcept override { return true; }

  void encode(std::string_view text, std::vector<TokenId>& ids) const override {
    for_each_word(text, [&](std::string_view word) {
      const auto found = ids_.find(word);
      ids.push_back(found == ids_.end() ? kUnknown : found->second);
    });
  }

  std::string decode(std::span<const TokenId> ids) const override {
    std::string text;
    for (const TokenId id : ids) {
      if (id >= words_.size())
        throw Error(ErrorCode::kUsage, "id " + std::to_string(id) + " is not in the vocabulary");
      if (!text.empty()) text += ' ';
      text += words_[id];
    }
    return text;
  }

  std::string to_file() const override {
    nlohmann::ordered_json vocab = nlohmann::ordered_json::object();
    for (std::size_t id = 0; id < words_.size(); ++id) vocab[words_[id]] = id;
    nlohmann::ordered_json file;
    file["version"] = "1.0";
    file["truncation"] = nullptr;
    file["padding"] = nullptr;
    file["added_tokens"] = nlohmann::ordered_json::array();
    file["normalizer"] = nullptr;
    file["pre_tokenizer"] = {{"type", "WhitespaceSplit"}};
    file["post_processor"] = nullptr;
    file["decoder"] = nullptr;
    file["model"] = {
        {"type", "WordLevel"}, {"vocab", std::move(vocab)}, {"unk_token", kUnknownWord}};
    return file.dump(1) + "\n";
  }

 private:
  std::vector<std::string> words_;
  std::unordered_map<std::string_view, TokenId> ids_;  // views of words_
};

}  // namespace

std::unique_ptr<Tokenizer> make_words_tokenizer(std::vector<std::string> words) {
  return std::make_unique<WordsTokenizer>(std::move(words));
}

}  // namespace dsprep
