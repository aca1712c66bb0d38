#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "dsprep/error.h"
#include "dsprep/tokenizer.h"
#include "lib/text/models.h"

namespace dsprep {
namespace {

constexpr TokenId kUnknown = 1;
constexpr const char* kPadWord = "<pad>";
constexpr const char* kUnknownWord = "<unk>";

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

std::size_t white_space_length(std::string_view text) noexcept {
  const auto at = [text](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  const unsigned first = at(0);
  if (first == ' ' || (first >= '\t' && first <= '\r')) return 1;
  if (first < 0xC2) return 0;
  if (first == 0xC2) return at(1) == 0x85 || at(1) == 0xA0 ? 2 : 0;  // U+0085, U+00A0
  if (first == 0xE1) return at(1) == 0x9A && at(2) == 0x80 ? 3 : 0;  // U+1680
  if (first == 0xE3) return at(1) == 0x80 && at(2) == 0x80 ? 3 : 0;  // U+3000
  if (first != 0xE2) return 0;
  if (at(1) == 0x81) return at(2) == 0x9F ? 3 : 0;  // U+205F
  if (at(1) != 0x80) return 0;
  const bool space =
      (at(2) >= 0x80 && at(2) <= 0x8A) || at(2) == 0xA8 || at(2) == 0xA9 || at(2) == 0xAF;
  return space ? 3 : 0;  // U+2000 to U+200A, U+2028, U+2029, U+202F
}

std::unique_ptr<Tokenizer> make_words_tokenizer(std::vector<std::string> words) {
  return std::make_unique<WordsTokenizer>(std::move(words));
}

void WordCounts::add(std::string_view text) {
  for_each_word(text, [this](std::string_view word) { add(word, 1); });
}

void WordCounts::add(std::string_view word, std::uint64_t count) {
  const auto found = counts_.find(word);
  if (found != counts_.end()) {
    found->second += count;
  } else {
    counts_.emplace(word, count);
  }
}

void WordCounts::merge(const WordCounts& other) {
  for (const auto& [word, count] : other.counts_) add(word, count);
}

std::vector<std::string> WordCounts::vocabulary(std::uint64_t size, std::uint64_t min_count) const {
  std::vector<std::pair<std::uint64_t, std::string_view>> ranked;
  for (const auto& [word, count] : counts_) {
    if (count >= min_count && word != kPadWord && word != kUnknownWord)
      ranked.emplace_back(count, word);
  }
  std::ranges::sort(ranked, [](const auto& a, const auto& b) {
    return a.first != b.first ? a.first > b.first : a.second < b.second;
  });
  std::vector<std::string> words = {kPadWord, kUnknownWord};
  for (const auto& [count, word] : ranked) {
    if (words.size() >= size) break;
    words.emplace_back(word);
  }
  return words;
}

}  // namespace dsprep
