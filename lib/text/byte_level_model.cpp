#include "lib/text/byte_level_model.h"

#include <algorithm>
#include <array>

#include "dsprep/error.h"
#include "lib/text/split_classes.h"

namespace dsprep {
namespace {

namespace dom = simdjson::dom;

// GPT-2 writes a byte as a printable character: itself where it is one, else from U+0100 on.
constexpr auto kByteOf = [] {
  std::array<std::int16_t, 0x144> byte_of{};
  byte_of.fill(-1);
  std::size_t other = 0x100;
  for (std::int16_t b = 0; b < 256; ++b) {
    const bool printable = (b > 0x20 && b < 0x7F) || (b > 0xA0 && b != 0xAD);
    byte_of[printable ? static_cast<std::size_t>(b) : other++] = b;
  }
  return byte_of;
}();

// Ids that leave more gaps than this are not for tables.
constexpr std::uint64_t kMostGaps = 1 << 20;

// Places of a table are asked for so many tokens ahead: it is larger than the processor's caches.
constexpr std::uint32_t kAhead = 16;

// So many tokens are looked at before all are indexed: the 256 bytes stand in front of the first.
constexpr std::uint32_t kNear = 300;

std::uint32_t characters_in(std::string_view text) noexcept {
  return static_cast<std::uint32_t>(
      std::ranges::count_if(text, [](char c) { return (c & 0xC0) != 0x80; }));
}

}  // namespace

bool append_bytes_of(std::string_view text, std::string& bytes) {
  for (std::size_t i = 0; i < text.size();) {
    const Character c = decode_character(reinterpret_cast<const unsigned char*>(text.data()) + i);
    if (c.point >= kByteOf.size() || kByteOf[c.point] < 0) return false;
    bytes += static_cast<char>(kByteOf[c.point]);
    i += c.length;
  }
  return true;
}

std::unique_ptr<BpeModel> ByteLevelModel::read(bool ignore_merges) {
  if (!read_vocabulary() || tokens_.size() + 256 > BpeVocab::kMostTokens || !read_merges())
    return nullptr;
  auto model = std::make_unique<BpeModel>(tokens_.size() + 256);
  model_ = model.get();
  std::size_t bytes = 0;
  for (const Token& token : tokens_) {
    if (token.length != 1) continue;
    if (!model->add_byte(static_cast<unsigned char>(bytes_of(token)[0]), token.id)) return nullptr;
    ++bytes;
  }
  return bytes == 256 && add_tokens(ignore_merges) ? std::move(model) : nullptr;
}

bool ByteLevelModel::read_vocabulary() {
  dom::object vocabulary;
  if (json_["vocab"].get(vocabulary) != simdjson::SUCCESS) return false;
  tokens_.reserve(vocabulary.size());
  for (const auto [text, value] : vocabulary) {
    std::uint64_t id;
    if (value.get(id) != simdjson::SUCCESS || id >= BpeVocab::kNone) return false;
    const std::size_t begin = bytes_.size();
    if (!append_bytes_of(text, bytes_)) bytes_.resize(begin);
    tokens_.push_back({text, static_cast<TokenId>(id), static_cast<std::uint32_t>(begin),
                       static_cast<std::uint32_t>(bytes_.size() - begin)});
  }
  if (!std::ranges::is_sorted(tokens_, {}, &Token::id)) std::ranges::sort(tokens_, {}, &Token::id);
  return !tokens_.empty() && tokens_.back().id <= tokens_.size() + kMostGaps &&
         std::ranges::adjacent_find(tokens_, {}, &Token::id) == tokens_.end();
}

bool ByteLevelModel::read_merges() {
  dom::array merges;
  if (json_["merges"].get(merges) != simdjson::SUCCESS) return false;
  is_merged_.resize(tokens_.size());
  for (const dom::element merge : merges) {
    const std::optional<Pair> pair = read_merge(merge);
    if (!pair || !add_merge(number_of(*pair), characters_in(pair->left))) return false;
  }
  return true;
}

std::optional<ByteLevelModel::Pair> ByteLevelModel::read_merge(const dom::element& merge) {
  Pair pair;
  if (merge.is_array()) {
    dom::array both = merge;
    if (both.size() != 2 || both.at(0).get(pair.left) != simdjson::SUCCESS ||
        both.at(1).get(pair.right) != simdjson::SUCCESS)
      return std::nullopt;
  } else {
    std::string_view text;
    if (merge.get(text) != simdjson::SUCCESS) return std::nullopt;
    const std::size_t blank = text.find(' ');
    if (blank == std::string_view::npos) return std::nullopt;
    pair = {text.substr(0, blank), text.substr(blank + 1)};
  }
  return pair.left.empty() || pair.right.empty() ? std::nullopt : std::optional(pair);
}

// Of the token that a merge makes, or kNone. Nearly always it is the one behind what the merge
// before made, or not far behind it.
std::uint32_t ByteLevelModel::number_of(const Pair& merge) {
  const auto joins = [&](std::uint32_t number) {
    const std::string_view text = tokens_[number].text;
    return text.size() == merge.left.size() + merge.right.size() && text.starts_with(merge.left) &&
           text.ends_with(merge.right);
  };
  if (!by_text_) {
    const std::uint32_t last = merged_.empty() ? 0 : merged_.back().token;
    for (std::uint32_t number = last; number < std::min(last + kNear, size()); ++number)
      if (joins(number)) return number;
    index_texts();
  }
  return by_text_->find(std::string(merge.left) += merge.right);
}

void ByteLevelModel::index_texts() {
  by_text_.emplace(tokens_.size());
  for (std::uint32_t i = 0; i < size(); ++i) {
    if (i + kAhead < size()) by_text_->prefetch(tokens_[i + kAhead].text);
    if (!tokens_[i].text.empty()) by_text_->insert(tokens_[i].text, i);
  }
}

bool ByteLevelModel::add_merge(std::uint32_t made, std::uint32_t left_length) {
  if (made == BpeVocab::kNone || tokens_[made].length < 2) return false;
  if (merged_.empty() || merged_.back().token != made) {
    if (is_merged_[made]) return false;
    is_merged_[made] = true;
    merged_.push_back({made, static_cast<std::uint32_t>(lefts_.size()), 0});
  }
  lefts_.push_back(left_length);
  ++merged_.back().lefts;
  return true;
}

bool ByteLevelModel::add_tokens(bool whole) {
  std::vector<BpeModel::NewToken> tokens;
  tokens.reserve(merged_.size());
  for (const Merged& merged : merged_) {
    const Token& token = tokens_[merged.token];
    tokens.push_back({bytes_of(token), token.id});
  }
  try {
    model_->add_tokens(tokens, whole);
  } catch (const Error&) {  // a text stands twice in the vocabulary
    return false;
  }
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const auto lefts = std::span(lefts_).subspan(merged_[i].first_left, merged_[i].lefts);
    if (std::ranges::find(lefts, tokens[i].left) == lefts.end()) return false;
  }
  for (std::uint32_t i = 0; i < size(); ++i)
    if (tokens_[i].length != 1 && !is_merged_[i] && !add_alone(i, whole)) return false;
  return true;
}

// A token that nothing merges to. False where its text stands twice in the vocabulary.
bool ByteLevelModel::add_alone(std::uint32_t number, bool whole) {
  const Token& token = tokens_[number];
  if (token.length != 0) {
    const bool is_new = whole ? model_->add_whole(bytes_of(token), token.id)
                              : model_->find(bytes_of(token)) == BpeVocab::kNone;
    if (!is_new) return false;
  }
  return alone_.emplace(token.text, token.id).second;
}

std::optional<TokenId> ByteLevelModel::find(std::string_view text) const {
  if (const auto found = alone_.find(text); found != alone_.end()) return found->second;
  std::string bytes;
  if (!append_bytes_of(text, bytes) || bytes.empty()) return std::nullopt;
  const TokenId id = model_->find(bytes);
  return id == BpeVocab::kNone ? std::nullopt : std::optional(id);
}

void ByteLevelModel::add_bytes(TokenBytes& out) const {
  for (const Token& token : tokens_)
    out.add(token.id, token.length != 0 ? bytes_of(token) : token.text);
}

}  // namespace dsprep
