#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <map>
#include <random>

#include "lib/text/double_array.h"
#include "lib/text/hf/lossy_utf8.h"
#include "lib/text/hf/precompiled.h"
#include "lib/text/neighbours.h"
#include "lib/text/pair_merges.h"
#include "lib/text/piece_batches.h"
#include "lib/text/unicode/normalization.h"
#include "lib/text/word_batch.h"
#include "lib/text/word_cutter.h"
#include "support/errors.h"
#include "support/golden.h"

using namespace dsprep;

namespace {

std::string random_word(std::mt19937& random, std::size_t longest, unsigned letters) {
  std::string word(1 + random() % longest, 'a');
  for (char& c : word) c = static_cast<char>('a' + random() % letters);
  return word;
}

// The definition: find the best pair, merge it, begin again.
void merge_simply(std::vector<TokenId>& symbols, const PairMerges& merges, std::size_t least) {
  while (symbols.size() > least) {
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
    const std::size_t least = 1 + random() % 3;
    merge_simply(expected, merges, least);
    merges.apply(symbols, least);
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
  std::array<std::uint32_t, 40> ends;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::string_view rest = std::string_view(text).substr(at);
    const std::size_t count = neighbours.cut(rest, ends);
    REQUIRE(count > 0);
    CHECK(neighbours.end_of_part(rest) == ends[0]);
    for (std::size_t i = 0; i < count; ++i) cut[at + ends[i]] = true;
    at += ends[count - 1];
  }
  CHECK(at == text.size());
  for (const std::string& piece : pieces) {
    for (std::size_t p = text.find(piece); p != std::string::npos; p = text.find(piece, p + 1))
      for (std::size_t inside = 1; inside < piece.size(); ++inside) CHECK_FALSE(cut[p + inside]);
  }
  CHECK(neighbours.end_of_part("ba") == 1);
  CHECK(neighbours.end_of_part("abc") == 3);
}

TEST_CASE("a word cache gives back what was put under the same bytes, and forgets") {
  WordCache cache;
  std::mt19937 random(4);
  std::map<std::string, std::vector<TokenId>> put;
  std::size_t known = 0, rounds = 0;
  for (TokenId i = 0; i < 20000; ++i) {
    const std::string word = random_word(random, i % 50 == 0 ? WordCache::kMostBytes : 18, 3);
    const WordCache::Entry* const entry = cache.find_any(word);
    known += entry != nullptr ? 1 : 0;
    rounds += put.contains(word) ? 1 : 0;
    if (entry != nullptr) CHECK(std::ranges::equal(cache.ids_of(*entry), put.at(word)));
    put[word] = std::vector<TokenId>(random() % 6, i);
    cache.put(word, put[word]);
    REQUIRE(cache.find_any(word) != nullptr);
    CHECK(std::ranges::equal(cache.ids_of(*cache.find_any(word)), put[word]));
  }
  CHECK(known * 10 > rounds * 9);  // few places are shared
  for (TokenId i = 0; i < 10000; ++i)
    cache.put(std::to_string(i) + std::string(20, 'x'),
              std::vector<TokenId>(WordCache::kMostIds, i));
  CHECK(cache.find_any("0" + std::string(20, 'x')) == nullptr);
  CHECK(cache.ids_of(*cache.find_any("9999" + std::string(20, 'x'))).back() == 9999);
}

TEST_CASE("words are looked up with the bytes that are theirs, wherever a text ends") {
  WordCache cache;
  const std::string text = "a bc bc a longer-than-fifteen-bytes bc a";
  for (int round = 0; round < 2; ++round) {
    std::vector<std::string> known, missing;
    std::array<std::uint32_t, 8> begins{0, 2, 5, 8, 10, 36, 39}, ends{1, 4, 7, 9, 35, 38, 40};
    look_up_words(
        {text, begins.data(), ends.data(), 7}, cache,
        [&](const WordCache::Entry& entry, std::string_view word) {
          CHECK(cache.ids_of(entry)[0] == word.size());
          known.emplace_back(word);
        },
        [&](std::string_view word) {
          missing.emplace_back(word);
          cache.put(word, std::vector<TokenId>{static_cast<TokenId>(word.size())});
        });
    CHECK(known.size() == (round == 0 ? 4 : 7));
    CHECK(missing.size() == (round == 0 ? 3 : 0));
  }
}

TEST_CASE("parts give their ids, whatever the cache has of them, wherever a text ends") {
  std::mt19937 random(8);
  const auto ids_of = [](std::string_view part) {
    const auto hash = static_cast<TokenId>(std::hash<std::string_view>{}(part));
    std::vector<TokenId> ids(1 + hash % std::min<std::size_t>(part.size(), 12));
    for (std::size_t i = 0; i < ids.size(); ++i) ids[i] = hash + static_cast<TokenId>(i);
    return ids;
  };
  std::vector<std::string> words;  // more than the cache has places for, some of them long
  for (int i = 0; i < 200'000; ++i) {
    std::string word = std::to_string(random());
    if (i % 9 == 0) word.resize(random() % 300 + 1, 'x');
    words.push_back(i % 3 == 0 ? word.substr(0, random() % 4 + 1) : word);
  }
  PieceBatches batches;
  std::size_t absent = 0, all = 0;
  for (int round = 0; round < 1200; ++round) {
    std::string text;
    std::vector<std::uint32_t> borders{0};
    std::vector<TokenId> expected, found;
    const std::size_t count = random() % PieceBatches::kMost + 1;
    for (std::size_t i = 0; i < count; ++i) {
      const bool common = random() % 2 == 0;
      const std::string& word = words[random() % (common ? 2000 : words.size())];
      text += word;
      borders.push_back(static_cast<std::uint32_t>(text.size()));
      const auto ids = ids_of(word);
      expected.insert(expected.end(), ids.begin(), ids.end());
    }
    const std::vector<char> exact(text.begin(), text.end());  // nothing behind it may be read
    const PieceSpans parts{{exact.data(), exact.size()}, 0, std::span(borders).subspan(1)};
    for (NewPiece& part : batches.look_up(parts)) {
      ++absent;
      const auto ids = ids_of(part.text);
      std::ranges::copy(ids, batches.make_ids(part, ids.size()).begin());
    }
    all += count;
    batches.finish(found);
    REQUIRE(found == expected);
  }
  CHECK(absent < all);
}

TEST_CASE("more ids than bytes are refused: there would be no room for them") {
  PieceBatches batches;
  const std::vector<std::uint32_t> ends = {3};
  const auto fresh = batches.look_up({"abc", 0, ends});
  REQUIRE(fresh.size() == 1);
  CHECK(test::code_of([&] { batches.make_ids(fresh[0], 4); }) == ErrorCode::kInternal);
  CHECK(batches.make_ids(fresh[0], 3).size() == 3);
}

TEST_CASE("words are cut as a loop over bytes cuts them, by every vector width") {
  std::mt19937 random(5);
  std::array<ByteClass, 128> classes{};
  for (const char c : {' ', '\n'}) classes[static_cast<unsigned char>(c)] = ByteClass::kSpace;
  for (const char c : {'.', '~', '!'}) classes[static_cast<unsigned char>(c)] = ByteClass::kAlone;
  const WordCutter cutter(classes);
  const auto class_of = [&](char c) {
    return (c & '\x80') != 0 ? ByteClass::kWord : classes[static_cast<unsigned char>(c)];
  };
  const std::string letters = " \n.~!ab\xC3\xA9 ";
  for (std::size_t length = 0; length < 700; ++length) {
    std::string text(length, 'x');
    const bool long_words = length % 3 == 0;
    for (char& c : text)
      if (!long_words || random() % 30 == 0) c = letters[random() % letters.size()];
    std::vector<std::string_view> expected, words;
    for (std::size_t i = 0; i < length;) {
      std::size_t end = i + 1;
      if (class_of(text[i]) == ByteClass::kWord)
        while (end < length && class_of(text[end]) == ByteClass::kWord) ++end;
      if (class_of(text[i]) != ByteClass::kSpace)
        expected.push_back(std::string_view(text).substr(i, end - i));
      i = end;
    }
    WordCutter::Words cut;
    while (cutter.next(text, cut)) {
      for (std::size_t i = 0; i < cut.count; ++i)
        words.push_back(std::string_view(text).substr(cut.begins[i], cut.ends[i] - cut.begins[i]));
    }
    CHECK(words == expected);
  }
}

TEST_CASE("the sets of 64 bytes are those of the plain loop") {
  std::mt19937 random(6);
  for (int round = 0; round < 500; ++round) {
    WordTables tables;
    for (auto& row : tables.space) row = static_cast<std::uint8_t>(random());
    for (auto& row : tables.alone) row = static_cast<std::uint8_t>(random());
    std::array<char, 64> text;
    for (char& c : text) c = static_cast<char>(random());
    const WordMasks fast = best_mask_words()(text.data(), tables);
    const WordMasks plain = mask_words_portable(text.data(), tables);
    CHECK(fast.space == plain.space);
    CHECK(fast.alone == plain.alone);
    for (unsigned i = 0; i < 64; ++i) {
      const auto byte = static_cast<unsigned char>(text[i]);
      const bool member = byte < 128 && (tables.space[byte & 15] >> (byte >> 4) & 1) != 0;
      CHECK((plain.space >> i & 1) == (member ? 1 : 0));
    }
  }
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
    for (const auto& named : kForms) {  // clang 14 captures no bindings
      const auto name = named.first;
      const NormalForm form = named.second;
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
  for (const auto& one : kCases) {
    const auto bytes = one.first;
    const int count = one.second;
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
  for (const auto& one : kCases) {
    CAPTURE(one.first);
    CHECK(hf::grapheme_length(one.first) == one.second);
  }
}
