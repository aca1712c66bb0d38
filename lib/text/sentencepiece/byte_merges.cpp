#include "lib/text/sentencepiece/byte_merges.h"

#include <algorithm>
#include <array>

namespace dsprep::sentencepiece {

ByteMerges::ByteMerges(const Vocabulary& vocabulary, std::size_t rules)
    : v_(vocabulary), merges_(rules), id_of_(256, kSpelled), parts_(256) {}

std::unique_ptr<ByteMerges> ByteMerges::make(const Vocabulary& vocabulary,
                                             std::span<const std::string_view> characters,
                                             std::vector<Rule> rules) {
  const std::size_t most = 3 * characters.size() + rules.size();
  if (!vocabulary.model.byte_fallback || most + 256 >= BpeMerges::kNone) return nullptr;
  std::ranges::sort(rules, {}, &Rule::rank);
  std::unique_ptr<ByteMerges> made(new ByteMerges(vocabulary, most));
  Symbols symbols;
  symbols.reserve(most);
  for (const std::string_view character : characters) made->add_character(character, symbols);
  for (std::size_t i = 0; i < rules.size(); ++i) {
    const std::uint32_t rank = rules[i].rank;
    const bool alone = (i == 0 || rules[i - 1].rank != rank) &&
                       (i + 1 == rules.size() || rules[i + 1].rank != rank);
    if (!alone || !made->add_rule(rules[i], symbols))
      made->odd_[pair_of(vocabulary.in_text[rules[i].piece])] = true;
  }
  return made;
}

Symbol ByteMerges::add(std::string_view text, Symbol left, Symbol right, Symbols& symbols) {
  const Symbol made = merges_.add(left, right);
  id_of_.push_back(kSpelled);
  parts_.emplace_back(left, right);
  symbols.emplace(text, made);
  return made;
}

// Byte by byte: characters share what their first bytes become.
void ByteMerges::add_character(std::string_view character, Symbols& symbols) {
  Symbol symbol = static_cast<unsigned char>(character[0]);
  if (character.size() == 1) symbols.emplace(character, symbol);
  for (std::size_t n = 2; n <= character.size(); ++n) {
    const auto known = symbols.find(character.substr(0, n));
    const Symbol byte = static_cast<unsigned char>(character[n - 1]);
    symbol = known != symbols.end() ? known->second
                                    : add(character.substr(0, n), symbol, byte, symbols);
  }
  const TokenId piece = v_.pieces.find(character);
  if (piece != DoubleArray::kNoValue) id_of_[symbol] = piece;
}

bool ByteMerges::add_rule(const Rule& rule, Symbols& symbols) {
  const auto left = symbols.find(rule.left), right = symbols.find(rule.right);
  if (left == symbols.end() || right == symbols.end()) return false;
  const Symbol made = add(v_.in_text[rule.piece], left->second, right->second, symbols);
  id_of_[made] = rule.piece;
  return true;
}

// A character without a piece, or some bytes of it.
void ByteMerges::spell(Symbol symbol, std::vector<TokenId>& ids) const {
  std::array<char, 4> bytes;
  std::size_t begin = bytes.size();
  for (; symbol >= 256; symbol = parts_[symbol].first)
    bytes[--begin] = static_cast<char>(parts_[symbol].second);
  bytes[--begin] = static_cast<char>(symbol);
  for (const char byte : v_.surface({bytes.data() + begin, bytes.size() - begin}))
    ids.push_back(v_.byte_ids[static_cast<unsigned char>(byte)]);
}

}  // namespace dsprep::sentencepiece
