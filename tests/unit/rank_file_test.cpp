// Files of ranks: read in any order, known ones told by their tokens, bad ones refused.
#include <doctest/doctest.h>

#include <random>
#include <string>

#include "support/errors.h"
#include "support/ranks.h"

using namespace dsprep;
using test::Ranks;

TEST_CASE("a tiktoken file is read whatever the order of its lines, and decodes what it encodes") {
  std::mt19937 random(6);
  const Ranks ranks =
      test::train("the cat sat on the mat, the rat sat on the cat's hat; that's that 1234", 60);
  const auto tokenizer =
      load_tokenizer(test::rank_file(ranks), "x.tiktoken", {.pattern = "cl100k"});
  const std::string text = "the cat's hat, 12345 caf\xC3\xA9 \n\n that";
  const auto ids = test::encode(*tokenizer, text);
  CHECK(tokenizer->decode(ids) == text);
  std::vector<TokenId> expected;
  for (const char* piece :
       {"the", " cat", "'s", " hat", ",", " ", "123", "45", " caf\xC3\xA9", " \n\n", " that"}) {
    const auto part = test::plain_encode(ranks, piece);
    expected.insert(expected.end(), part.begin(), part.end());
  }
  CHECK(ids == expected);
  CHECK(tokenizer->vocab_size() == ranks.size());
  CHECK(tokenizer->to_file() == test::rank_file(ranks));
  const auto batch = tokenizer->encode_batch(std::vector<std::string_view>(50, text), 4);
  for (const auto& each : batch) CHECK(each == ids);
}

namespace {

// As many ranks as p50k has, with its last token: the bytes, pairs of bytes, runs of blanks. 50256
// is the special token's.
std::string ranks_like_p50k() {
  std::string file;
  TokenId rank = 0;
  const auto add = [&](const std::string& bytes) {
    if (rank == 50256) ++rank;
    file += test::base64(bytes) + " " + std::to_string(rank++) + "\n";
  };
  for (int b = 0; b < 256; ++b) add(std::string(1, static_cast<char>(b)));
  for (int pair = 0; rank < 256 + 50'000; ++pair)
    if (pair != 0x2020) add({static_cast<char>(pair >> 8), static_cast<char>(pair)});
  for (std::size_t blanks = 2; blanks <= 25; ++blanks) add(std::string(blanks, ' '));
  return file;
}

}  // namespace

TEST_CASE("ranks of p50k are known, and their special token is text, an id or an error") {
  const std::string file = ranks_like_p50k();
  const TokenId end = 50256;
  const auto text = load_tokenizer(file, "ranks");
  const auto allow = load_tokenizer(file, "ranks", {.special = SpecialTokens::kAllow});
  const auto forbid = load_tokenizer(file, "ranks", {.special = SpecialTokens::kForbid});
  const std::string blanks(24, ' ');
  const TokenId of_blanks = 50257 + 22, of_b = 256 + 0x2062 - 1;
  CHECK(test::encode(*text, "a" + blanks + " b") == std::vector<TokenId>{'a', of_blanks, of_b});
  CHECK(text->end_of_text() == end);
  CHECK(text->vocab_size() == 50281);

  const std::string marked = "a<|endoftext|>" + blanks + " b";
  CHECK(test::encode(*allow, marked) == std::vector<TokenId>{'a', end, of_blanks, of_b});
  CHECK(test::encode(*text, marked).size() > 4);
  CHECK(test::code_of([&] { test::encode(*forbid, marked); }) == ErrorCode::kBadRow);
  CHECK(test::encode(*forbid, "a|endoftext|") == test::encode(*text, "a|endoftext|"));
  for (const Tokenizer* tokenizer : {text.get(), allow.get()})
    CHECK(tokenizer->decode(test::encode(*tokenizer, marked)) == marked);
}

TEST_CASE("special tokens of ranks that nobody knows are refused") {
  std::mt19937 random(9);
  const std::string file = test::rank_file(test::train(test::random_letters(random, 1000, 4), 50));
  CHECK(test::code_of([&] {
          load_tokenizer(file, "ranks", {.pattern = "gpt2", .special = SpecialTokens::kAllow});
        }) == ErrorCode::kUsage);
}

TEST_CASE("bad rank files are refused with their line or rank") {
  const Ranks bytes = test::train("", 0);
  const std::string all = test::rank_file(bytes);
  struct Case {
    std::string file;
    ErrorCode code;
  };
  const Case kCases[] = {
      {all + "YWI=\n", ErrorCode::kCorrupt},
      {all + "YWI 256\n", ErrorCode::kCorrupt},
      {all + "YW*= 256\n", ErrorCode::kCorrupt},
      {all + "YWI= x\n", ErrorCode::kCorrupt},
      {all + "YWI= 7\n", ErrorCode::kCorrupt},
      {all + "YWI= 256\nYWI= 257\n", ErrorCode::kCorrupt},
      {all.substr(all.find('\n') + 1), ErrorCode::kCorrupt},
      // "abc" is 256, made of "ab" of a higher rank
      {all + "YWJj 256\nYWI= 257\n", ErrorCode::kUnsupportedFormat},
  };
  for (const Case& bad : kCases) {
    CAPTURE(bad.file.substr(bad.file.size() - 20));
    CHECK(test::code_of([&] { load_tokenizer(bad.file, "x", {.pattern = "gpt2"}); }) == bad.code);
  }
  CHECK(test::code_of([&] { load_tokenizer(all, "x"); }) == ErrorCode::kUsage);
  CHECK(test::code_of([&] {
          test::encode(*load_tokenizer(all, "x", {.pattern = "gpt2"}), "a\xFF");
        }) == ErrorCode::kBadEncoding);
}

TEST_CASE("what is wrong with a model, wherever it is found, names the file") {
  Ranks ranks = test::train("the cat sat on the mat", 4);
  std::string file = test::rank_file(ranks);
  file += test::base64("th") + " 1000\n" + test::base64("th") + " 1001\n";
  try {
    load_tokenizer(file, "ranks.tiktoken", {.pattern = "gpt2"});
    FAIL("two tokens with the same bytes");
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::kCorrupt);
    CHECK(error.where().file == "ranks.tiktoken");
  }
}
