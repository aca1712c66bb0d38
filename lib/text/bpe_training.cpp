// The steps of Hugging Face's trainer, which decide the merges: a heap of pairs with the words that
// they stand in; counts in the heap may be too high and are mended when an entry comes up.
#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <unordered_map>
#include <utility>

#include "dsprep/error.h"
#include "dsprep/tokenizer.h"
#include "dsprep/tokenizer_training.h"
#include "lib/text/split.h"

namespace dsprep {
namespace {

using Pair = std::uint64_t;  // left id, right id

Pair pair_of(TokenId left, TokenId right) { return Pair{left} << 32 | right; }
TokenId left_of(Pair pair) { return static_cast<TokenId>(pair >> 32); }
TokenId right_of(Pair pair) { return static_cast<TokenId>(pair); }

struct Change {
  Pair pair;
  std::int64_t sign;
};

struct Word {
  std::vector<TokenId> ids;
  std::int64_t count = 0;

  // Puts `merged` for every such pair from the left; notes which pairs come and go beside it.
  void merge(Pair pair, TokenId merged, std::vector<Change>& changes) {
    std::size_t out = 0;
    for (std::size_t i = 0; i < ids.size(); ++i) {
      const bool found = i + 1 < ids.size() && pair_of(ids[i], ids[i + 1]) == pair;
      if (!found) {
        ids[out++] = ids[i];
        continue;
      }
      if (out > 0) {
        changes.push_back({pair_of(ids[out - 1], left_of(pair)), -1});
        changes.push_back({pair_of(ids[out - 1], merged), 1});
      }
      if (i + 2 < ids.size()) {
        changes.push_back({pair_of(right_of(pair), ids[i + 2]), -1});
        changes.push_back({pair_of(merged, ids[i + 2]), 1});
      }
      ids[out++] = merged;
      ++i;
    }
    ids.resize(out);
  }
};

struct Candidate {
  Pair pair = 0;
  std::int64_t count = 0;
  std::vector<std::uint32_t> words;  // indices, each once

  // The order of a heap whose top is the most frequent pair with the lowest ids.
  friend bool operator<(const Candidate& a, const Candidate& b) {
    return a.count != b.count ? a.count < b.count : a.pair > b.pair;
  }
};

class PlaceLists {
 public:
  void add(Pair pair, std::uint32_t word) {
    std::vector<std::uint32_t>& words = lists_[pair];
    if (words.empty() || words.back() != word) words.push_back(word);
  }
  auto& lists() { return lists_; }

 private:
  std::unordered_map<Pair, std::vector<std::uint32_t>> lists_;
};

class Trainer {
 public:
  Trainer(const WordCounts& pieces, const BpeTraining& options) : options_(options) {
    for (const std::string& token : options.special_tokens) add_token(token);
    for (const unsigned char byte : byte_order()) byte_ids_[byte] = add_token(byte_letter(byte));
    take_words(pieces);
  }

  void run() {
    PlaceLists places;
    for (std::uint32_t w = 0; w < words_.size(); ++w) {
      const Word& word = words_[w];
      for (std::size_t i = 0; i + 1 < word.ids.size(); ++i) {
        const Pair pair = pair_of(word.ids[i], word.ids[i + 1]);
        counts_[pair] += word.count;
        places.add(pair, w);
      }
    }
    push_all(places);
    while (tokens_.size() < options_.vocab_size && !heap_.empty()) {
      std::pop_heap(heap_.begin(), heap_.end());
      Candidate top = std::move(heap_.back());
      heap_.pop_back();
      const std::int64_t count = counts_[top.pair];
      if (top.count != count) {
        top.count = count;
        push(std::move(top));
        continue;
      }
      if (count < 1 || static_cast<std::uint64_t>(count) < options_.min_count) break;
      apply(top);
    }
  }

  std::string to_json() const;

 private:
  // Bytes as GPT-2 writes them: printable ones of Latin-1 stand for themselves, the others for the
  // letters from U+0100 on.
  static std::array<char32_t, 256> letters() {
    std::array<char32_t, 256> letters{};
    char32_t next = 0x100;
    for (unsigned byte = 0; byte < 256; ++byte) {
      const bool itself =
          (byte >= 0x21 && byte <= 0x7E) || (byte >= 0xA1 && byte <= 0xFF && byte != 0xAD);
      letters[byte] = itself ? byte : next++;
    }
    return letters;
  }

  static std::string byte_letter(unsigned char byte) {
    const char32_t letter = letters()[byte];
    if (letter < 0x80) return {static_cast<char>(letter)};
    return {static_cast<char>(0xC0 | letter >> 6), static_cast<char>(0x80 | (letter & 0x3F))};
  }

  static std::array<unsigned char, 256> byte_order() {
    std::array<unsigned char, 256> order{};
    for (unsigned i = 0; i < 256; ++i) order[i] = static_cast<unsigned char>(i);
    std::ranges::sort(order, {}, [all = letters()](unsigned char byte) { return all[byte]; });
    return order;
  }

  TokenId add_token(const std::string& token) {
    const auto [place, added] = token_ids_.emplace(token, tokens_.size());
    if (added) tokens_.push_back(token);
    return place->second;
  }

  void take_words(const WordCounts& pieces) {
    words_.reserve(pieces.counts().size());
    for (const auto& [piece, count] : pieces.counts()) {
      Word word{.ids = {}, .count = static_cast<std::int64_t>(count)};
      word.ids.reserve(piece.size());
      for (const char c : piece) word.ids.push_back(byte_ids_[static_cast<unsigned char>(c)]);
      words_.push_back(std::move(word));
    }
  }

  void push(Candidate candidate) {
    heap_.push_back(std::move(candidate));
    std::push_heap(heap_.begin(), heap_.end());
  }

  void push_all(PlaceLists& places) {
    for (auto& [pair, words] : places.lists()) {
      const std::int64_t count = counts_[pair];
      if (count > 0) push({pair, count, std::move(words)});
    }
  }

  void apply(const Candidate& top) {
    const std::string text = tokens_[left_of(top.pair)] + tokens_[right_of(top.pair)];
    const TokenId merged = add_token(text);
    merges_.push_back(top.pair);
    PlaceLists places;
    std::vector<Change> changes;
    for (const std::uint32_t w : top.words) {
      changes.clear();
      words_[w].merge(top.pair, merged, changes);
      for (const Change& change : changes) {
        counts_[change.pair] += change.sign * words_[w].count;
        if (change.sign > 0) places.add(change.pair, w);
      }
    }
    push_all(places);
  }

  const BpeTraining& options_;
  std::vector<std::string> tokens_;  // as the file has them
  std::unordered_map<std::string, TokenId> token_ids_;
  std::array<TokenId, 256> byte_ids_{};
  std::vector<Word> words_;
  std::unordered_map<Pair, std::int64_t> counts_;
  std::vector<Candidate> heap_;
  std::vector<Pair> merges_;
};

std::string Trainer::to_json() const {
  using Json = nlohmann::ordered_json;
  Json added = Json::array(), vocab = Json::object(), merges = Json::array();
  for (std::size_t i = 0; i < options_.special_tokens.size(); ++i) {
    added.push_back({{"id", i},
                     {"content", options_.special_tokens[i]},
                     {"single_word", false},
                     {"lstrip", false},
                     {"rstrip", false},
                     {"normalized", false},
                     {"special", true}});
  }
  for (std::size_t id = 0; id < tokens_.size(); ++id) vocab[tokens_[id]] = id;
  for (const Pair pair : merges_)
    merges.push_back(tokens_[left_of(pair)] + " " + tokens_[right_of(pair)]);
  const Json byte_level = {{"type", "ByteLevel"},
                           {"add_prefix_space", false},
                           {"trim_offsets", true},
                           {"use_regex", true}};
  Json file = {{"version", "1.0"},          {"truncation", nullptr},
               {"padding", nullptr},        {"added_tokens", std::move(added)},
               {"normalizer", nullptr},     {"pre_tokenizer", byte_level},
               {"post_processor", nullptr}, {"decoder", byte_level}};
  file["model"] = {{"type", "BPE"},
                   {"dropout", nullptr},
                   {"unk_token", nullptr},
                   {"continuing_subword_prefix", nullptr},
                   {"end_of_word_suffix", nullptr},
                   {"fuse_unk", false},
                   {"byte_fallback", false},
                   {"ignore_merges", false},
                   {"vocab", std::move(vocab)},
                   {"merges", std::move(merges)}};
  return file.dump(1) + "\n";
}

}  // namespace

struct PieceCounter::State {
  std::unique_ptr<Splitter> splitter = known_splitter(pattern_named("gpt2"));
  std::unique_ptr<SplitState> state = splitter->make_state();
  PieceEnds ends;
};

PieceCounter::PieceCounter() : state_(std::make_unique<State>()) {}
PieceCounter::~PieceCounter() = default;
PieceCounter::PieceCounter(PieceCounter&&) noexcept = default;

void PieceCounter::add(std::string_view text, WordCounts& counts) {
  for (; !text.empty(); text.remove_prefix(std::min(text.size(), Splitter::kMaxText))) {
    const std::string_view part = text.substr(0, Splitter::kMaxText);
    std::size_t begin = 0;
    for (std::size_t position = 0; position < part.size();) {
      state_->ends.clear();
      state_->splitter->split(part, position, state_->ends, state_->state.get());
      for (std::size_t i = 0; i < state_->ends.size(); ++i) {
        counts.add(part.substr(begin, state_->ends[i] - begin), 1);
        begin = state_->ends[i];
      }
    }
  }
}

std::string train_byte_level_bpe(const WordCounts& pieces, const BpeTraining& options) {
  std::vector<std::string> special = options.special_tokens;
  std::ranges::sort(special);
  if (std::ranges::adjacent_find(special) != special.end() ||
      std::ranges::find(special, "") != special.end())
    throw Error(ErrorCode::kUsage, "a special token is empty, or stands twice");
  if (options.vocab_size < 256 + special.size()) {
    throw Error(ErrorCode::kUsage, "a vocabulary of " + std::to_string(options.vocab_size) +
                                       " has no room for the 256 bytes and the special tokens");
  }
  Trainer trainer(pieces, options);
  trainer.run();
  return trainer.to_json();
}

}  // namespace dsprep
