#include <doctest/doctest.h>

#include <map>
#include <random>

#include "lib/text/double_array.h"
#include "lib/text/hf/lossy_utf8.h"
#include "lib/text/hf/precompiled.h"
#include "lib/text/neighbours.h"
#include "lib/text/pair_merges.h"
#include "lib/text/unicode/normalization.h"
#include "lib/text/word_cache.h"
#include "support/golden.h"

using namespace dsprep;

namespace {

std::string random_word(std::mt19937& random, std::size_t longest, unsigned letters) {
  std::string word(1 + random() % longest, 'a');
  for (char& c : word) c = static_cast<char>('a' + random() % letters);
  return word;
}

// The definition: find the best pair, merge it, begin again.
void merge_simply(std::vector<TokenId>& symbols, const PairMerges& merges) {
  while (true) {
    const PairMerges::Merge* best = nullptr;
    std::size_t place = 0;
    for (std::size_t i = 0; i + 1 < symbols.size(); ++i) {
      const PairMerges::Merge* const merge = merges.find(symbols[i], symbols[i + 1]);
      if (merge == nullptr || (best != nullptr && merge->rank >= best->rank)) continue;
      best = merge;
      place = i;
    }
    if (best == nullptr) return;
    symbols[place] = best->id;
    symbols.erase(symbols.begin() + static_cast<std::ptrdiff_t>(place) + 1);
  }
}

}  // namespace

TEST_CASE("a double array finds what a map finds, and the last of equal keys") {
  std::mt19937 random(1);
  std::map<std::string, std::uint32_t> map;
  std::vector<std::string> keys;
  for (int i = 0; i < 3000; ++i) keys.push_back(random_word(random, 9, i % 2 == 0 ? 3 : 200));
  std::vector<DoubleArray::Entry> entries;
  for (std::uint32_t i = 0; i < keys.size(); ++i) {
    entries.emplace_back(keys[i], i);
    map[keys[i]] = i;
  }
  const DoubleArray trie(entries);
  for (const auto& [key, value] : map) CHECK(trie.find(key) == value);
  for (int i = 0; i < 3000; ++i) {
    const std::string key = random_word(random, 9, 4);
    const auto found = map.find(key);
    CHECK(trie.find(key) == (found == map.end() ? DoubleArray::kNoValue : found->second));
  }
  CHECK(DoubleArray().find("a") == DoubleArray::kNoValue);
}

TEST_CASE("merges of few and of many symbols follow the definition") {
  std::mt19937 random(2);
  const auto below = [&](TokenId limit) { return static_cast<TokenId>(random() % limit); };
  PairMerges merges;
  for (TokenId id = 4; id < 60; ++id) merges.add(below(id), below(id), {below(20), id});
  for (int round = 0; round < 400; ++round) {
    std::vector<TokenId> symbols(random() % 80);
    for (TokenId& s : symbols) s = below(4);
    std::vector<TokenId> expected = symbols;
    merge_simply(expected, merges);
    merges.apply(symbols);
    CHECK(symbols == expected);
  }
}

TEST_CASE("a text is cut only where no piece reaches across") {
  std::mt19937 random(3);
  const std::vector<std::string> pieces = {"ab", "bc\xC3\xA9", "\xE6\x97\xA5\xE6\x9C\xAC", " a"};
  Neighbours neighbours;
  for (const std::string& piece : pieces) neighbours.add_piece(piece);
  std::string text;
  for (int i = 0; i < 2000; ++i) text += pieces[random() % 4].substr(0, random() % 2 == 0 ? 1 : 99);
  std::vector<bool> cut(text.size() + 1, false);
  for (std::size_t at = 0; at < text.size();) cut[at = neighbours.end_of_part(text, at)] = true;
  for (const std::string& piece : pieces) {
    for (std::size_t at = text.find(piece); at != std::string::npos; at = text.find(piece, at + 1))
      for (std::size_t inside = 1; inside < piece.size(); ++inside) CHECK_FALSE(cut[at + inside]);
  }
  CHECK(neighbours.end_of_part("ba", 0) == 1);
  CHECK(neighbours.end_of_part("abc", 0) == 3);
}

TEST_CASE("a word cache gives back what was put under the same bytes, however they lie") {
  WordCache cache(4);
  std::mt19937 random(4);
  std::map<std::string, TokenId> put;
  for (int i = 0; i < 2000; ++i) {
    const std::string word = random_word(random, WordCache::kMostBytes, 2);
    const std::string longer = word + "behind it";
    const auto exact = WordCache::key_of(word, word.size());
    const auto inside =
        WordCache::key_of(std::string_view(longer).substr(0, word.size()), longer.size());
    CHECK(exact.hash == inside.hash);
    if (const auto* const entry = cache.find(inside)) CHECK(entry->ids[0] == put.at(word));
    put[word] = static_cast<TokenId>(i);
    cache.put(exact, std::vector<TokenId>{static_cast<TokenId>(i)});
    REQUIRE(cache.find(inside) != nullptr);
    CHECK(cache.find(inside)->ids[0] == static_cast<TokenId>(i));
  }
  const auto key = WordCache::key_of("x", 1);
  CHECK(cache.put(key, std::vector<TokenId>(WordCache::kMostIds + 1)) == nullptr);
}

TEST_CASE("normal forms and small letters are those of Hugging Face's tokenizers") {
  constexpr std::pair<const char*, NormalForm> kForms[] = {{"NFC", NormalForm::kNfc},
                                                           {"NFD", NormalForm::kNfd},
                                                           {"NFKC", NormalForm::kNfkc},
                                                           {"NFKD", NormalForm::kNfkd}};
  const nlohmann::json golden = test::golden_json("text/normal_forms.json");
  for (const nlohmann::json& expected : golden.at("texts")) {
    const auto text = expected.at("text").get<std::string>();
    CAPTURE(text);
    for (const auto& [name, form] : kForms) {
      CAPTURE(name);
      CHECK(normal_form(text, form) == expected.at(name).get<std::string>());
      CHECK(normal_form("ab" + text + "c", form).starts_with("a"));
    }
    CHECK(small_letters(text) == expected.at("Lowercase").get<std::string>());
  }
}

TEST_CASE("bytes that are no UTF-8 become one U+FFFD for each beginning that does not go on") {
  const std::string bad = "\xEF\xBF\xBD";
  constexpr std::pair<std::string_view, int> kCases[] = {// bytes and their U+FFFD, by Python 3.11
                                                         {"\xFF", 1},
                                                         {"\xC3", 1},
                                                         {"\xE2\x82", 1},
                                                         {"\xED\xA0\x80", 3},
                                                         {"\xF0\x9F\x99", 1},
                                                         {"\xC0\x80", 2},
                                                         {"\xF5\x80\x80\x80", 4},
                                                         {"\xE2\x82\xE2", 2},
                                                         {"\xF4\x90\x80\x80", 4}};
  for (const auto& [bytes, count] : kCases) {
    CAPTURE(bytes);
    std::string expected;
    for (int i = 0; i < count; ++i) expected += bad;
    CHECK(hf::lossy_utf8("a" + std::string(bytes) + "b") == "a" + expected + "b");
  }
  CHECK(hf::lossy_utf8("\xE2\x82\xAC\xF0\x9F\x99\x82") == "\xE2\x82\xAC\xF0\x9F\x99\x82");
}

TEST_CASE("grapheme clusters hold marks, Hangul and flags together") {
  constexpr std::pair<std::string_view, std::size_t> kCases[] = {
      {"ab", 1},
      {"e\xCC\x81x", 3},
      {"\r\nx", 2},
      {"\n\xCC\x81", 1},
      {"\xE1\x84\x80\xE1\x85\xA1\xE1\x86\xA8x", 9},
      {"\xF0\x9F\x87\xA9\xF0\x9F\x87\xAA\xF0\x9F\x87\xA9", 8},
      {"\xE0\xA4\xA8\xE0\xA4\xBF", 6}};
  for (const auto& [text, length] : kCases) {
    CAPTURE(text);
    CHECK(hf::grapheme_length(text) == length);
  }
}
