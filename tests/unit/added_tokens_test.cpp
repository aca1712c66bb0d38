#include "lib/text/added_tokens.h"

#include <doctest/doctest.h>

#include "support/errors.h"
#include "support/golden.h"

using namespace dsprep;

namespace {

using Patterns = std::vector<AddedTokenSplitter::Pattern>;

Patterns patterns_of(const std::vector<AddedToken>& tokens) {
  Patterns patterns;
  for (const AddedToken& token : tokens) patterns.push_back({token.content, token});
  return patterns;
}

/// The parts of `text`: strings, and ids of tokens.
nlohmann::json parts_of(const AddedTokenSplitter& splitter, std::string_view text) {
  nlohmann::json parts = nlohmann::json::array();
  splitter.split(
      text, [&](std::string_view part) { parts.push_back(part); },
      [&](const AddedToken& token) { parts.push_back(token.id); });
  return parts;
}

std::optional<TokenId> not_in_model(std::string_view) { return std::nullopt; }

}  // namespace

TEST_CASE("added tokens are cut out of texts as Hugging Face's tokenizers does") {
  const nlohmann::json golden = test::golden_json("text/added_tokens.json");
  for (const nlohmann::json& set : golden.at("cases")) {
    CAPTURE(set.at("name").get<std::string>());
    const auto tokens = read_added_tokens(set.at("added_tokens"), 1, not_in_model);
    const AddedTokenSplitter splitter(patterns_of(tokens), SpecialTokens::kAllow);
    for (const nlohmann::json& text : set.at("texts")) {
      CAPTURE(text.at("text").get<std::string>());
      CHECK(parts_of(splitter, text.at("text").get<std::string>()) == text.at("pieces"));
    }
  }
}

TEST_CASE("ids of added tokens are the model's, or count on behind them") {
  const nlohmann::json list = nlohmann::json::parse(R"([
      {"id":7,"content":"a","single_word":false,"lstrip":false,"rstrip":false,"normalized":true,"special":false},
      {"id":7,"content":"known","single_word":false,"lstrip":false,"rstrip":false,"normalized":true,"special":false},
      {"id":7,"content":"","single_word":false,"lstrip":false,"rstrip":false,"normalized":true,"special":false},
      {"id":7,"content":"b","single_word":false,"lstrip":false,"rstrip":false,"normalized":true,"special":false},
      {"id":7,"content":"a","single_word":false,"lstrip":false,"rstrip":false,"normalized":true,"special":true}])");
  const auto tokens = read_added_tokens(list, 10, [](std::string_view content) {
    return content == "known" ? std::optional<TokenId>(3) : std::nullopt;
  });
  REQUIRE(tokens.size() == 3);
  const std::vector<std::pair<std::string, TokenId>> expected = {
      {"known", 3}, {"a", 10}, {"b", 11}};
  for (std::size_t i = 0; i < expected.size(); ++i) {
    CHECK(tokens[i].content == expected[i].first);
    CHECK(tokens[i].id == expected[i].second);
  }
  CHECK(tokens[1].special);
}

TEST_CASE("special tokens in a text are ids, text or an error, as the caller says") {
  const Patterns patterns = {{"<s>", {.content = "<s>", .id = 1, .special = true}},
                             {"<x>", {.content = "<x>", .id = 2}}};
  const std::string text = "a<s>b<x>c";
  using Json = nlohmann::json;
  CHECK(parts_of({patterns, SpecialTokens::kAllow}, text) == Json({"a", 1, "b", 2, "c"}));
  CHECK(parts_of({patterns, SpecialTokens::kText}, text) == Json({"a<s>b", 2, "c"}));
  CHECK(test::code_of([&] {
          parts_of({patterns, SpecialTokens::kForbid}, text);
        }) == ErrorCode::kBadRow);
  CHECK(parts_of({patterns, SpecialTokens::kForbid}, "a<x>") == Json({"a", 2}));
}

TEST_CASE("patterns that are empty or equal are refused") {
  const AddedToken token{.content = "t"};
  CHECK(test::code_of([&] {
          AddedTokenSplitter({{"", token}}, SpecialTokens::kAllow);
        }) == ErrorCode::kUnsupportedFormat);
  CHECK(test::code_of([&] {
          AddedTokenSplitter({{"a", token}, {"a", token}}, SpecialTokens::kAllow);
        }) == ErrorCode::kUnsupportedFormat);
}

TEST_CASE("a megabyte of white space behind tokens that take it costs one look at each character") {
  const std::string text(1U << 20, '\n');
  // One that takes what stands before it has nothing left behind one that took all; so it is with
  // Hugging Face's tokenizers.
  for (const bool lstrip : {false, true}) {
    const AddedTokenSplitter splitter(
        {{"\n", {.content = "\n", .id = 1, .lstrip = lstrip, .rstrip = true}}},
        SpecialTokens::kAllow);
    std::size_t tokens = 0;
    splitter.split(
        text, [](std::string_view) {}, [&](const AddedToken&) { ++tokens; });
    CHECK(tokens == (lstrip ? 1 : text.size()));
  }
}
