#include "lib/text/hf/pipeline.h"

#include <algorithm>
#include <array>
#include <map>
#include <span>
#include <utility>

#include "lib/text/added_tokens.h"
#include "lib/text/end_of_text.h"
#include "lib/text/hf/decoder.h"
#include "lib/text/hf/json_parts.h"
#include "lib/text/hf/model.h"
#include "lib/text/hf/normalizer.h"
#include "lib/text/hf/post_processor.h"
#include "lib/text/hf/pre_tokenizer.h"
#include "lib/text/id_buffer.h"
#include "lib/text/lending_pool.h"
#include "lib/text/unicode/properties.h"
#include "lib/text/word_batch.h"
#include "lib/text/word_cutter.h"

namespace dsprep::hf {
namespace {

const nlohmann::json* member(const nlohmann::json& json, const char* name) {
  const auto found = json.find(name);
  return found == json.end() || found->is_null() ? nullptr : &*found;
}

class Pipeline final : public Tokenizer {
 public:
  Pipeline(const nlohmann::json& json, std::string bytes, const std::string& file,
           SpecialTokens special)
      : post_(json), file_(std::move(bytes)), model_(make_model(json.at("model"))) {
    if (const auto* part = member(json, "normalizer")) normalizer_ = make_normalizer(*part, file);
    if (const auto* part = member(json, "pre_tokenizer"))
      pre_tokenizer_ = make_pre_tokenizer(*part);
    if (const auto* part = member(json, "decoder")) decoder_ = make_decoder(*part);
    id_limit_ = model_->vocab().id_limit();
    if (const auto* list = member(json, "added_tokens")) read_added(*list, special);
    find_words();
  }

  std::string_view name() const noexcept override { return "tokenizer.json"; }
  std::uint32_t vocab_size() const noexcept override { return id_limit_; }
  bool needs_utf8() const noexcept override { return true; }
  std::string to_file() const override { return file_; }
  std::optional<TokenId> end_of_text() const override { return end_.id(); }
  TextMarks marks() const override { return post_.marks(); }

  void encode(std::string_view text, std::vector<TokenId>& ids) const override {
    const LendingPool<WordCache>::Lease cache(caches_, std::make_unique<WordCache>);
    added_.split(
        text,
        [&](std::string_view part) {
          const std::size_t first = part.data() == text.data() ? utf8_length(part[0]) : 0;
          encode_part({part, first}, *cache, ids);
        },
        [&](const AddedToken& token) { ids.push_back(token.id); });
  }

  // Words do not reach over white space, and added tokens that take it take nothing that counts.
  std::size_t cut(std::string_view text) const noexcept override {
    if (!by_words_ || added_hold_space_) return 0;
    for (std::size_t i = text.size(); i-- > 1;)
      if (is_space(text[i])) return i;
    return 0;
  }

  std::string decode(std::span<const TokenId> ids) const override {
    Tokens tokens;
    tokens.reserve(ids.size());
    for (const TokenId id : ids) tokens.push_back(token_of(id));
    std::string text;
    if (decoder_ != nullptr && !tokens.empty()) {
      for (const std::string& token : decoder_->decode(std::move(tokens))) text += token;
      return text;
    }
    for (std::size_t i = 0; i < tokens.size(); ++i) text += (i > 0 ? " " : "") + tokens[i];
    return text;
  }

 private:
  std::string normalized(std::string_view text) const {
    Buffer buffer{std::string(text), 0};
    if (normalizer_ != nullptr) normalizer_->apply(buffer);
    return buffer.text;
  }

  void read_added(const nlohmann::json& list, SpecialTokens special) {
    const auto in_model = [this](std::string_view token) { return model_->vocab().id_of(token); };
    std::vector<AddedTokenSplitter::Pattern> plain, after;
    for (AddedToken& token : read_added_tokens(list, model_->vocab().size(), in_model)) {
      std::string text = token.normalized ? normalized(token.content) : token.content;
      id_limit_ = std::max(id_limit_, token.id + 1);
      added_text_[token.id] = text;
      end_.consider(token.content, token.id);
      added_hold_space_ =
          added_hold_space_ || token.content.find_first_of(" \t\r\n") != std::string::npos;
      (token.normalized ? after : plain).push_back({std::move(text), std::move(token)});
    }
    added_ = AddedTokenSplitter(std::move(plain), special);
    added_normalized_ = AddedTokenSplitter(std::move(after), special);
  }

  std::string token_of(TokenId id) const {
    if (const auto added = added_text_.find(id); added != added_text_.end()) return added->second;
    const std::string* const token = model_->vocab().token_of(id);
    if (token == nullptr)
      throw Error(ErrorCode::kUsage, "id " + std::to_string(id) + " is not in the vocabulary");
    return *token;
  }

  // A part without added tokens of the kind that is looked for before normalisation.
  void encode_part(const Slice& part, WordCache& cache, std::vector<TokenId>& ids) const {
    if (by_words_) {
      encode_by_words(part.text, cache, ids);
    } else {
      normalize_and_encode(part, &cache, ids);
    }
  }

  // White space and, where the pre-tokenizer isolates it, ASCII punctuation end a word whatever the
  // normalizer does, so that what a word of the raw text becomes can be remembered.
  void encode_by_words(std::string_view text, WordCache& cache, std::vector<TokenId>& ids) const {
    while (text.size() > WordCutter::kMaxText) {
      std::size_t end = WordCutter::kMaxText;
      while (end > 0 && !is_space(text[end])) --end;
      if (end == 0) throw Error(ErrorCode::kTooLarge, "the text has a word of 1 GiB");
      encode_words(text.substr(0, end), cache, ids);
      text.remove_prefix(end);
    }
    encode_words(text, cache, ids);
  }

  void encode_words(std::string_view text, WordCache& cache, std::vector<TokenId>& ids) const {
    IdBuffer buffer(ids);
    std::vector<TokenId> fresh;
    WordCutter::Words words;
    while (cutter_.next(text, words)) {
      look_up_words(
          {text, words.begins.data(), words.ends.data(), words.count}, cache,
          [&](const WordCache::Entry& entry, std::string_view) { buffer.add(entry, cache); },
          [&](std::string_view word) {
            fresh.clear();
            encode_raw_word(word, fresh);
            for (const TokenId id : fresh) buffer.add(id);
            if (word.size() <= WordCache::kMostBytes && fresh.size() <= WordCache::kMostIds)
              cache.put(word, fresh);
          });
    }
    buffer.flush();
  }

  // A word of the raw text. ASCII goes a short way.
  void encode_raw_word(std::string_view word, std::vector<TokenId>& ids) const {
    std::array<char, WordCache::kMostBytes> small;
    if (word.size() > small.size() || !make_ascii(word, small.data())) {
      normalize_and_encode({word, 0}, nullptr, ids);
    } else {
      model_->encode({small.data(), word.size()}, ids);
    }
  }

  // Writes what the normalizer makes of `word` to `to`; false where that is not known.
  bool make_ascii(std::string_view word, char* to) const {
    bool known = true;
    for (std::size_t i = 0; i < word.size(); ++i) {
      const auto byte = static_cast<unsigned char>(word[i]);
      to[i] = ascii_[byte];
      known = known && to[i] != 0;
    }
    return known;
  }

  // Without a cache nothing is remembered: it is the caller that remembers.
  void normalize_and_encode(const Slice& part, WordCache* cache, std::vector<TokenId>& ids) const {
    if (normalizer_ == nullptr) {
      encode_normalized(part, cache, ids);
      return;
    }
    Buffer buffer{std::string(part.text), part.from_start};
    normalizer_->apply(buffer);
    encode_normalized(buffer, cache, ids);
  }

  void encode_normalized(const Slice& text, WordCache* cache, std::vector<TokenId>& ids) const {
    const Sink word = [&](const Slice& slice) { encode_word(slice.text, cache, ids); };
    added_normalized_.split(
        text.text,
        [&](std::string_view part) {
          const auto start = static_cast<std::size_t>(part.data() - text.text.data());
          const Slice slice = text.part(start, part.size());
          if (pre_tokenizer_ == nullptr) {
            word(slice);
          } else {
            pre_tokenizer_->split(slice, word);
          }
        },
        [&](const AddedToken& token) { ids.push_back(token.id); });
  }

  void encode_word(std::string_view word, WordCache* cache, std::vector<TokenId>& ids) const {
    if (cache == nullptr || word.size() > WordCache::kMostBytes) {
      model_->encode(word, ids);
      return;
    }
    if (const WordCache::Entry* const known = cache->find_any(word)) {
      const std::span<const TokenId> kept = cache->ids_of(*known);
      ids.insert(ids.end(), kept.begin(), kept.end());
      return;
    }
    const std::size_t before = ids.size();
    model_->encode(word, ids);
    const auto fresh = std::span(ids).subspan(before);
    if (fresh.size() <= WordCache::kMostIds) cache->put(word, fresh);
  }

  static bool is_space(char c) noexcept { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

  void find_words() {
    by_words_ = (normalizer_ == nullptr || normalizer_->is_local()) && pre_tokenizer_ != nullptr &&
                pre_tokenizer_->removes_space() && !pre_tokenizer_->looks_at_start() &&
                added_normalized_.empty();
    if (!by_words_) return;
    std::array<ByteClass, 128> classes{};
    for (unsigned c = 0; c < 128; ++c) {
      const bool alone =
          pre_tokenizer_->isolates_punctuation() && has_property(c, kBertPunctuation);
      classes[c] = is_space(static_cast<char>(c)) ? ByteClass::kSpace
                   : alone                        ? ByteClass::kAlone
                                                  : ByteClass::kWord;
    }
    cutter_ = WordCutter(classes);
    if (!pre_tokenizer_->keeps_ascii_words()) return;
    for (char c = '!'; c <= '~'; ++c)
      ascii_[static_cast<unsigned char>(c)] = normalizer_ == nullptr ? c : normalizer_->ascii(c);
  }

  EndOfText end_;
  PostProcessor post_;
  std::string file_;
  std::unique_ptr<Model> model_;
  std::unique_ptr<Normalizer> normalizer_;
  std::unique_ptr<PreTokenizer> pre_tokenizer_;
  std::unique_ptr<Decoder> decoder_;
  AddedTokenSplitter added_, added_normalized_;
  std::map<TokenId, std::string> added_text_;  // as decoding shows it
  std::uint32_t id_limit_ = 0;
  bool by_words_ = false;
  bool added_hold_space_ = false;
  WordCutter cutter_;
  // What the normalizer makes of a character of a word that is ASCII alone, where that is one
  // character and the word stays whole; else 0.
  std::array<char, 256> ascii_{};
  mutable LendingPool<WordCache> caches_;
};

}  // namespace

std::unique_ptr<Tokenizer> make_pipeline(const nlohmann::json& json, std::string bytes,
                                         const std::string& file, const TokenizerOptions& options) {
  if (value_or<std::string>(json, "version", "1.0") != "1.0") refuse("another version of files");
  return std::make_unique<Pipeline>(json, std::move(bytes), file, options.special);
}

}  // namespace dsprep::hf
