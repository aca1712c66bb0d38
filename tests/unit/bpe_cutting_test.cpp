// Texts of byte-pair tokenizers: many at once, and the places where one may be cut.
#include <doctest/doctest.h>

#include <random>
#include <string>

#include "support/ranks.h"

using namespace dsprep;
using test::Ranks;

TEST_CASE("many texts at once give the ids of each alone, and tell where each ends") {
  std::mt19937 random(7);
  const Ranks ranks = test::train(test::random_letters(random, 3000, 12), 250);
  const auto tokenizer = load_tokenizer(test::rank_file(ranks), "x", {.pattern = "cl100k"});
  for (const std::size_t most : {3U, 40U, 3000U}) {
    std::vector<std::string> texts;
    for (int i = 0; i < 300; ++i) {
      texts.push_back(test::random_letters(random, random() % most, 12));
      if (i % 50 == 0) texts.back() += test::random_letters(random, 400, 1);
    }
    const std::vector<std::string_view> views(texts.begin(), texts.end());
    std::vector<TokenId> ids{1, 2}, expected{1, 2};
    std::vector<std::size_t> ends, expected_ends;
    tokenizer->encode_many(views, ids, ends);
    for (const std::string_view text : views) {
      tokenizer->encode(text, expected);
      expected_ends.push_back(expected.size());
    }
    CHECK(ids == expected);
    CHECK(ends == expected_ends);
  }
}

TEST_CASE("a text may be cut where the tokenizer says, and nowhere else is asked of it") {
  std::mt19937 random(8);
  const Ranks ranks = test::train(test::random_letters(random, 2000, 5) + " ab ba 12 \n ab", 80);
  for (const char* pattern : {"gpt2", "cl100k", "qwen", "o200k"}) {
    CAPTURE(pattern);
    const auto tokenizer = load_tokenizer(test::rank_file(ranks), "x", {.pattern = pattern});
    for (int i = 0; i < 300; ++i) {
      std::string text;
      for (int k = 0; k < 30; ++k) text += std::string_view("abc12 '\n!\t  sB")[random() % 14];
      const std::size_t cut = tokenizer->cut(text);
      CAPTURE(text);
      auto parts = test::encode(*tokenizer, text.substr(0, cut));
      const auto rest = test::encode(*tokenizer, text.substr(cut));
      parts.insert(parts.end(), rest.begin(), rest.end());
      REQUIRE(parts == test::encode(*tokenizer, text));
    }
  }
  const auto regex = load_tokenizer(test::rank_file(ranks), "x", {.pattern = "[a-z]+| "});
  CHECK(regex->cut("ab ab") == 0);
  CHECK(test::encode(*regex, "ab1!").size() == test::encode(*regex, "ab").size());
}
