// The merges of a SentencePiece model as merges over bytes, which parts of a text go through side by
// side (BpeMerges). Characters are put together first: the rules for their bytes rank before all
// others. Immutable: any number of threads.
#pragma once

#include <bitset>
#include <memory>
#include <span>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "lib/text/bpe_merges.h"
#include "lib/text/sentencepiece/vocabulary.h"

namespace dsprep::sentencepiece {

class ByteMerges {
 public:
  /// What a piece is made of: pieces, or characters that are none but stand in pieces.
  struct Rule {
    std::string_view left, right;
    TokenId piece = 0;
    std::uint32_t rank = 0;
  };

  /// `characters` are all that stand in pieces. Null where the model has no byte pieces for characters
  /// without a piece, or is too large.
  static std::unique_ptr<ByteMerges> make(const Vocabulary& vocabulary,
                                          std::span<const std::string_view> characters,
                                          std::vector<Rule> rules);

  static constexpr std::size_t kMostBytes = BpeMerges::kMaxShort;
  /// True for parts that may be jobs: merges over bytes do the same. They would not where two rules
  /// have one rank, or a rule ranks before what its parts are made by (LLaMA's runs of spaces).
  bool takes(std::string_view part) const noexcept {
    if (part.size() > kMostBytes) return false;
    bool odd = false;
    for (std::size_t i = 1; i < part.size(); ++i) odd = odd || odd_[pair_of(part.substr(i - 1))];
    return !odd;
  }
  void merge(std::span<MergeJob> jobs) const noexcept { merges_.merge_short(jobs); }
  /// Appends the ids of what merge() left of a part.
  void append_ids(std::span<const Symbol> symbols, std::vector<TokenId>& ids) const {
    for (const Symbol symbol : symbols) {
      if (id_of_[symbol] != kSpelled) [[likely]] {
        ids.push_back(id_of_[symbol]);
      } else {
        spell(symbol, ids);
      }
    }
  }

 private:
  static constexpr TokenId kSpelled = ~TokenId{0};
  using Symbols = std::unordered_map<std::string_view, Symbol>;

  ByteMerges(const Vocabulary& vocabulary, std::size_t rules);
  Symbol add(std::string_view text, Symbol left, Symbol right, Symbols& symbols);
  void add_character(std::string_view character, Symbols& symbols);
  bool add_rule(const Rule& rule, Symbols& symbols);
  static std::size_t pair_of(std::string_view text) noexcept {
    return std::size_t{static_cast<unsigned char>(text[0])} << 8 |
           static_cast<unsigned char>(text[1]);
  }
  void spell(Symbol symbol, std::vector<TokenId>& ids) const;

  const Vocabulary& v_;
  BpeMerges merges_;
  std::vector<TokenId> id_of_;  // of a symbol; kSpelled: the ids of its bytes
  std::vector<std::pair<Symbol, Symbol>> parts_;
  std::bitset<1U << 16> odd_;  // the first two bytes of pieces whose rules are left out
};

}  // namespace dsprep::sentencepiece
