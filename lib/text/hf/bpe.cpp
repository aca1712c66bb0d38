// BPE over characters: byte_fallback, unknown tokens, prefixes and suffixes of subwords.
// Source of the rules: models/bpe/model.rs of huggingface/tokenizers.
#include <array>
#include <utility>

#include "lib/text/hf/json_parts.h"
#include "lib/text/hf/model.h"
#include "lib/text/pair_merges.h"

namespace dsprep::hf {
namespace {

std::pair<std::string, std::string> pair_of(const nlohmann::json& merge) {
  if (merge.is_array()) return {merge.at(0).get<std::string>(), merge.at(1).get<std::string>()};
  const auto text = merge.get<std::string>();
  const std::size_t space = text.find(' ');
  if (space == std::string::npos || text.find(' ', space + 1) != std::string::npos)
    throw Error(ErrorCode::kCorrupt, "the merge '" + text + "' is not two tokens");
  return {text.substr(0, space), text.substr(space + 1)};
}

class Bpe final : public Model {
 public:
  explicit Bpe(const nlohmann::json& json)
      : vocab_(json.at("vocab")),
        prefix_(value_or<std::string>(json, "continuing_subword_prefix", "")),
        suffix_(value_or<std::string>(json, "end_of_word_suffix", "")),
        fuse_unknown_(value_or(json, "fuse_unk", false)),
        ignore_merges_(value_or(json, "ignore_merges", false)),
        merges_(json.at("merges").size()) {
    if (value_or(json, "dropout", 0.0) != 0) refuse("BPE with dropout");
    read_unknown(json);
    if (value_or(json, "byte_fallback", false)) {
      for (unsigned byte = 0; byte < 256; ++byte)
        bytes_[byte] = vocab_.id_of(byte_token(static_cast<char>(byte)));
    }
    read_merges(json.at("merges"));
  }

  void encode(std::string_view word, std::vector<TokenId>& ids) const override {
    if (ignore_merges_) {
      if (const auto whole = vocab_.id_of(word)) {
        ids.push_back(*whole);
        return;
      }
    }
    thread_local std::vector<TokenId> symbols;
    symbols.clear();
    read_symbols(word, symbols);
    merges_.apply(symbols);
    ids.insert(ids.end(), symbols.begin(), symbols.end());
    if (symbols.capacity() > kKeep) symbols = {};
  }
  const Vocab& vocab() const noexcept override { return vocab_; }

 private:
  static constexpr std::size_t kKeep = 1U << 16;

  void read_unknown(const nlohmann::json& json) {
    const auto token = json.find("unk_token");
    has_unknown_ = token != json.end() && !token->is_null();
    if (has_unknown_) unknown_ = vocab_.id_of(token->get<std::string>());
  }

  void read_merges(const nlohmann::json& merges) {
    std::uint32_t rank = 0;
    for (const nlohmann::json& merge : merges) {
      const auto [left, right] = pair_of(merge);
      const auto a = vocab_.id_of(left), b = vocab_.id_of(right);
      const auto id = right.size() < prefix_.size()
                          ? std::nullopt
                          : vocab_.id_of(left + right.substr(prefix_.size()));
      if (!a || !b || !id) {
        throw Error(ErrorCode::kCorrupt, "the merge of '" + left + "' and '" + right +
                                             "' has tokens that are not in the vocabulary");
      }
      merges_.add(*a, *b, {rank++, *id});
    }
  }

  // An unknown character waits until a known one comes, also behind bytes that stand for other
  // unknown ones.
  void read_symbols(std::string_view word, std::vector<TokenId>& symbols) const {
    bool waiting = false;
    std::string character;
    for (std::size_t at = 0; at < word.size();) {
      const std::size_t length = code_point_at(word, at).length;
      character.clear();
      if (at > 0) character += prefix_;
      character += word.substr(at, length);
      at += length;
      if (at == word.size()) character += suffix_;
      if (const auto id = vocab_.id_of(character)) {
        if (std::exchange(waiting, false)) symbols.push_back(*unknown_);
        symbols.push_back(*id);
      } else if (!add_bytes(character, symbols) && has_unknown_) {
        if (!unknown_) throw Error(ErrorCode::kCorrupt, "the vocabulary lacks its unknown token");
        if (waiting && !fuse_unknown_) symbols.push_back(*unknown_);
        waiting = true;
      }
    }
    if (waiting) symbols.push_back(*unknown_);
  }

  bool add_bytes(std::string_view character, std::vector<TokenId>& symbols) const {
    for (const char byte : character)
      if (!bytes_[static_cast<unsigned char>(byte)]) return false;
    for (const char byte : character) symbols.push_back(*bytes_[static_cast<unsigned char>(byte)]);
    return true;
  }

  Vocab vocab_;
  std::string prefix_, suffix_;
  bool fuse_unknown_, ignore_merges_;
  bool has_unknown_ = false;
  std::optional<TokenId> unknown_;
  std::array<std::optional<TokenId>, 256> bytes_;
  PairMerges merges_;
};

}  // namespace

std::unique_ptr<Model> make_bpe(const nlohmann::json& json) { return std::make_unique<Bpe>(json); }

}  // namespace dsprep::hf
