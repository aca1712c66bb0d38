#include "lib/text/byte_level_model.h"

#include <algorithm>
#include <array>

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

// Places of the table are asked for so many tokens ahead: it is larger than the processor's caches.
constexpr std::size_t kAhead = 16;

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
  if (!read_vocabulary() || !read_merges()) return nullptr;
  auto model = std::make_unique<BpeModel>(tokens_.size() + 256);
  std::size_t bytes = 0;
  for (const Token& token : tokens_)
    if (token.length == 1)
      bytes += model->add_byte(static_cast<unsigned char>(bytes_of(token)[0]), token.id);
  return bytes == 256 && add_tokens(*model, ignore_merges) ? std::move(model) : nullptr;
}

bool ByteLevelModel::read_vocabulary() {
  dom::object vocabulary;
  if (model_["vocab"].get(vocabulary) != simdjson::SUCCESS) return false;
  std::uint64_t largest = 0;
  for (const auto [text, value] : vocabulary) {
    std::uint64_t id;
    if (value.get(id) != simdjson::SUCCESS || id >= BpeVocab::kNone) return false;
    largest = std::max(largest, id);
    const std::size_t begin = bytes_.size();
    if (!append_bytes_of(text, bytes_)) bytes_.resize(begin);
    tokens_.push_back({text, static_cast<TokenId>(id), static_cast<std::uint32_t>(begin),
                       static_cast<std::uint32_t>(bytes_.size() - begin)});
  }
  if (largest > tokens_.size() + kMostGaps) return false;
  std::vector<bool> is_taken(largest + 1);
  by_bytes_.emplace(tokens_.size());
  for (std::uint32_t i = 0; i < tokens_.size(); ++i) {
    if (i + kAhead < tokens_.size()) by_bytes_->prefetch(bytes_of(tokens_[i + kAhead]));
    const Token& token = tokens_[i];
    const bool is_new = token.length != 0 ? by_bytes_->insert(bytes_of(token), i)
                                          : by_text_.emplace(token.text, i).second;
    if (!is_new || is_taken[token.id]) return false;
    is_taken[token.id] = true;
  }
  return true;
}

bool ByteLevelModel::read_merges() {
  dom::array merges;
  if (model_["merges"].get(merges) != simdjson::SUCCESS) return false;
  std::string bytes;  // of all that are made
  std::vector<Joined> joined;
  joined.reserve(merges.size());
  for (const dom::element merge : merges) {
    const std::size_t begin = bytes.size();
    const std::size_t left = read_merge(merge, bytes);
    if (left == kNoMerge) return false;
    joined.push_back({static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(left),
                      static_cast<std::uint32_t>(bytes.size() - begin)});
  }
  const auto bytes_of_joined = [&](const Joined& one) {
    return std::string_view(bytes).substr(one.begin, one.length);
  };
  is_merged_.resize(tokens_.size());
  for (std::size_t i = 0; i < joined.size(); ++i) {
    if (i + kAhead < joined.size()) by_bytes_->prefetch(bytes_of_joined(joined[i + kAhead]));
    if (!add_merge(by_bytes_->find(bytes_of_joined(joined[i])), joined[i].left)) return false;
  }
  return true;
}

// Appends the bytes that a merge joins to `bytes`; returns how many are the left one's, or
// kNoMerge.
std::size_t ByteLevelModel::read_merge(const dom::element& merge, std::string& bytes) {
  std::string_view left, right;
  if (merge.is_array()) {
    dom::array pair = merge;
    if (pair.size() != 2 || pair.at(0).get(left) != simdjson::SUCCESS ||
        pair.at(1).get(right) != simdjson::SUCCESS)
      return kNoMerge;
  } else {
    std::string_view text;
    if (merge.get(text) != simdjson::SUCCESS) return kNoMerge;
    const std::size_t blank = text.find(' ');
    if (blank == std::string_view::npos) return kNoMerge;
    left = text.substr(0, blank);
    right = text.substr(blank + 1);
  }
  const std::size_t begin = bytes.size();
  if (!append_bytes_of(left, bytes)) return kNoMerge;
  const std::size_t left_length = bytes.size() - begin;
  return append_bytes_of(right, bytes) && bytes.size() > begin ? left_length : kNoMerge;
}

bool ByteLevelModel::add_merge(std::uint32_t made, std::uint32_t left_length) {
  if (made == BpeVocab::kNone) return false;
  if (merged_.empty() || merged_.back().token != made) {
    if (is_merged_[made]) return false;
    is_merged_[made] = true;
    merged_.push_back({made, static_cast<std::uint32_t>(lefts_.size()), 0});
  }
  lefts_.push_back(left_length);
  ++merged_.back().lefts;
  return true;
}

bool ByteLevelModel::add_tokens(BpeModel& model, bool whole) const {
  std::vector<BpeModel::NewToken> tokens;
  tokens.reserve(merged_.size());
  for (const Merged& merged : merged_) {
    const Token& token = tokens_[merged.token];
    if (token.length < 2) return false;
    tokens.push_back({bytes_of(token), token.id});
  }
  model.add_tokens(tokens, whole);
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const auto lefts = std::span(lefts_).subspan(merged_[i].first_left, merged_[i].lefts);
    if (std::ranges::find(lefts, tokens[i].left) == lefts.end()) return false;
  }
  if (!whole) return true;
  for (std::size_t i = 0; i < tokens_.size(); ++i)
    if (tokens_[i].length > 1 && !is_merged_[i] &&
        !model.add_whole(bytes_of(tokens_[i]), tokens_[i].id))
      return false;
  return true;
}

std::optional<TokenId> ByteLevelModel::find(std::string_view text) const {
  std::string bytes;
  if (append_bytes_of(text, bytes)) {
    const std::uint32_t number = bytes.empty() ? BpeVocab::kNone : by_bytes_->find(bytes);
    if (number == BpeVocab::kNone) return std::nullopt;
    return tokens_[number].id;
  }
  const auto found = by_text_.find(text);
  if (found == by_text_.end()) return std::nullopt;
  return tokens_[found->second].id;
}

void ByteLevelModel::add_bytes(TokenBytes& out) const {
  for (const Token& token : tokens_)
    out.add(token.id, token.length != 0 ? bytes_of(token) : token.text);
}

}  // namespace dsprep
