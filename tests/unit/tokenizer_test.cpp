#include "dsprep/tokenizer.h"

#include <doctest/doctest.h>

#include "dsprep/error.h"
#include "dsprep/words.h"

using namespace dsprep;

namespace {

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  for_each_word(text, [&](std::string_view word) { words.emplace_back(word); });
  return words;
}

std::vector<TokenId> encode(const Tokenizer& tokenizer, std::string_view text) {
  std::vector<TokenId> ids;
  tokenizer.encode(text, ids);
  return ids;
}

}  // namespace

TEST_CASE("the bytes tokenizer gives each byte its value and takes it back") {
  const auto tokenizer = make_bytes_tokenizer();
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  const auto ids = encode(*tokenizer, all);
  for (std::size_t i = 0; i < 256; ++i) CHECK(ids[i] == i);
  CHECK(tokenizer->decode(ids) == all);
  CHECK_THROWS_AS((void)tokenizer->decode(std::vector<TokenId>{256}), Error);
}

TEST_CASE("words stand between any Unicode white space") {
  using List = std::vector<std::string>;
  CHECK(words_of("") == List{});
  CHECK(words_of("  \t\n\r\f\v ") == List{});
  CHECK(words_of("a b") == List{"a", "b"});
  CHECK(words_of(" a  b ") == List{"a", "b"});
  CHECK(words_of("a\xC2\xA0"
                 "b\xE2\x80\x83"
                 "c\xE3\x80\x80"
                 "d\xE1\x9A\x80"
                 "e\xE2\x81\x9F"
                 "f\xE2\x80\xAF"
                 "g") == List{"a", "b", "c", "d", "e", "f", "g"});
  CHECK(words_of("zero\xE2\x80\x8B"
                 "width caf\xC3\xA9 \xE6\x97\xA5\xE6\x9C\xAC") == List{"zero\xE2\x80\x8B"
                                                                       "width",
                                                                       "caf\xC3\xA9",
                                                                       "\xE6\x97\xA5\xE6\x9C\xAC"});
}

TEST_CASE("a vocabulary ranks by count, then by bytes, whatever the order of adding") {
  WordCounts a, b;
  a.add("b a a c c <pad> d");
  b.add("c e e");
  WordCounts ab = a, ba = b;
  ab.merge(b);
  ba.merge(a);
  const std::vector<std::string> expected = {"<pad>", "<unk>", "c", "a", "e", "b", "d"};
  CHECK(ab.vocabulary(100, 1) == expected);
  CHECK(ba.vocabulary(100, 1) == expected);
  CHECK(ab.vocabulary(4, 1) == std::vector<std::string>{"<pad>", "<unk>", "c", "a"});
  CHECK(ab.vocabulary(100, 2) == std::vector<std::string>{"<pad>", "<unk>", "c", "a", "e"});
}

TEST_CASE("the words tokenizer survives its file, and other files are refused by name") {
  const auto tokenizer =
      make_words_tokenizer({"<pad>", "<unk>", "the", "caf\xC3\xA9", "\"quoted\\\""});
  const auto again = load_tokenizer(tokenizer->to_file(), "tokenizer.json");
  const std::string text = "the caf\xC3\xA9 is \"quoted\\\" the";
  CHECK(encode(*tokenizer, text) == std::vector<TokenId>{2, 3, 1, 4, 2});
  CHECK(encode(*again, text) == encode(*tokenizer, text));
  CHECK(again->to_file() == tokenizer->to_file());
  struct Case {
    const char* json;
    ErrorCode code;
  };
  for (const Case& bad :
       {Case{"{", ErrorCode::kCorrupt}, Case{"{}", ErrorCode::kCorrupt},
        Case{R"({"model":{"type":"Unknown"}})", ErrorCode::kUnsupportedFormat}}) {
    CAPTURE(bad.json);
    ErrorCode code = ErrorCode::kInternal;
    try {
      (void)load_tokenizer(bad.json, "x.json");
    } catch (const Error& error) {
      code = error.code();
    }
    CHECK(code == bad.code);
  }
}
