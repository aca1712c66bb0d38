#include "lib/text/hf/pipeline.h"

#include <algorithm>
#include <map>
#include <utility>

#include "lib/text/added_tokens.h"
#include "lib/text/hf/decoder.h"
#include "lib/text/hf/json_parts.h"
#include "lib/text/hf/model.h"
#include "lib/text/hf/normalizer.h"
#include "lib/text/hf/pre_tokenizer.h"
#include "lib/text/word_cache.h"

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
      : file_(std::move(bytes)), model_(make_model(json.at("model"))) {
    if (const auto* part = member(json, "normalizer")) normalizer_ = make_normalizer(*part, file);
    if (const auto* part = member(json, "pre_tokenizer"))
      pre_tokenizer_ = make_pre_tokenizer(*part);
    if (const auto* part = member(json, "decoder")) decoder_ = make_decoder(*part);
    id_limit_ = model_->vocab().id_limit();
    if (const auto* list = member(json, "added_tokens")) read_added(*list, special);
  }

  std::string_view name() const noexcept override { return "tokenizer.json"; }
  std::uint32_t vocab_size() const noexcept override { return id_limit_; }
  bool needs_utf8() const noexcept override { return true; }
  std::string to_file() const override { return file_; }

  void encode(std::string_view text, std::vector<TokenId>& ids) const override {
    const WordCachePool::Lease cache(caches_);
    added_.split(
        text,
        [&](std::string_view part) {
          const std::size_t first = part.data() == text.data() ? utf8_length(part[0]) : 0;
          encode_part({part, first}, *cache, ids);
        },
        [&](const AddedToken& token) { ids.push_back(token.id); });
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
    if (normalizer_ == nullptr) {
      encode_normalized(part, cache, ids);
      return;
    }
    Buffer buffer{std::string(part.text), part.from_start};
    normalizer_->apply(buffer);
    encode_normalized(buffer, cache, ids);
  }

  void encode_normalized(const Slice& text, WordCache& cache, std::vector<TokenId>& ids) const {
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

  void encode_word(std::string_view word, WordCache& cache, std::vector<TokenId>& ids) const {
    if (word.size() > WordCache::kMostBytes) {
      model_->encode(word, ids);
      return;
    }
    const WordCache::Key key = WordCache::key_of(word, word.size());
    if (const WordCache::Entry* const known = cache.find(key)) {
      ids.insert(ids.end(), known->ids.data(), known->ids.data() + known->count);
      return;
    }
    const std::size_t before = ids.size();
    model_->encode(word, ids);
    const std::size_t count = ids.size() - before;
    if (count > WordCache::kMostIds) return;
    WordCache::Entry& entry = cache.put(key);
    entry.count = static_cast<std::uint8_t>(count);
    std::copy_n(ids.data() + before, count, entry.ids.data());
  }

  std::string file_;
  std::unique_ptr<Model> model_;
  std::unique_ptr<Normalizer> normalizer_;
  std::unique_ptr<PreTokenizer> pre_tokenizer_;
  std::unique_ptr<Decoder> decoder_;
  AddedTokenSplitter added_, added_normalized_;
  std::map<TokenId, std::string> added_text_;  // as decoding shows it
  std::uint32_t id_limit_ = 0;
  mutable WordCachePool caches_;
};

}  // namespace

std::unique_ptr<Tokenizer> make_pipeline(const nlohmann::json& json, std::string bytes,
                                         const std::string& file, const TokenizerOptions& options) {
  try {
    if (value_or<std::string>(json, "version", "1.0") != "1.0") refuse("another version of files");
    return std::make_unique<Pipeline>(json, std::move(bytes), file, options.special);
  } catch (const Error& error) {
    Where where = error.where();
    where.file = file;
    throw Error(error.code(), error.message(), where, error.remedy());
  }
}

}  // namespace dsprep::hf
