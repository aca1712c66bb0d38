#include "dsprep/words.h"

#include <algorithm>
#include <utility>

namespace dsprep {

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
