#include <doctest/doctest.h>

#include <algorithm>
#include <functional>

#include "dsprep/error.h"
#include "lib/text/models.h"
#include "support/golden.h"

using namespace dsprep;
using nlohmann::json;

namespace {

std::unique_ptr<Tokenizer> fast(const json& file, const TokenizerOptions& options = {}) {
  return make_byte_level_bpe(file.dump(), options);
}

std::vector<TokenId> encode(const Tokenizer& tokenizer, std::string_view text) {
  std::vector<TokenId> ids;
  tokenizer.encode(text, ids);
  return ids;
}

struct Golden {
  const char* file;
  std::vector<TokenId> ids;
};

// make_bpe_files.py made the files and gave these ids.
constexpr std::string_view kText =
    "the cat's 1234 mats\n\n <|end|>cafe\u0301 caf\u00e9 o\u00f9\u0300 the "
    "\u6f22\u5b57\u3067\u3059 "
    "THE'S <|end|> ";
const Golden kGolden[] = {
    {"bpe_byte_level.json", {299, 274, 261, 271, 18,  19,  272, 82,  198, 198, 220, 300, 66,
                             276, 68,  136, 223, 260, 276, 266, 270, 289, 136, 222, 259, 291,
                             268, 100, 268, 247, 220, 51,  39,  36,  6,   50,  220, 300, 220}},
    {"bpe_prefix_space.json", {259, 275, 261, 271, 18,  19,  272, 82,  198, 198, 220, 300, 260,
                               277, 68,  136, 223, 260, 277, 266, 270, 290, 136, 222, 259, 276,
                               268, 100, 268, 247, 220, 51,  39,  36,  6,   50,  220, 300, 220}},
    {"bpe_llama3.json", {298, 273, 261, 220, 262, 18,  19,  271, 82,  198, 198, 220, 300, 66,
                         275, 68,  136, 223, 260, 275, 266, 270, 288, 136, 222, 259, 290, 268,
                         100, 268, 247, 220, 51,  39,  36,  6,   50,  220, 300, 220}},
    {"bpe_digits.json", {297, 272, 261, 220, 16,  17,  18,  19,  270, 82,  198, 198, 220, 300,
                         66,  274, 68,  136, 223, 299, 265, 269, 287, 136, 222, 259, 289, 267,
                         100, 267, 247, 220, 51,  39,  36,  6,   50,  220, 300, 220}},
    {"bpe_nfc.json",
     {299, 274, 261, 271, 18,  19,  272, 82,  198, 198, 220, 301, 300, 220, 300, 270, 289,
      136, 222, 259, 291, 268, 100, 268, 247, 220, 51,  39,  36,  6,   50,  220, 301, 220}},
};

}  // namespace

TEST_CASE("byte-level files give Hugging Face's ids") {
  for (const Golden& golden : kGolden) {
    CAPTURE(golden.file);
    const auto tokenizer = fast(test::golden_json(std::string("text/") + golden.file));
    REQUIRE(tokenizer != nullptr);
    CHECK(encode(*tokenizer, kText) == golden.ids);
    std::vector<TokenId> ids, twice = golden.ids;
    std::vector<std::size_t> ends;
    tokenizer->encode_many(std::vector<std::string_view>{kText, "", kText}, ids, ends);
    twice.insert(twice.end(), golden.ids.begin(), golden.ids.end());
    CHECK(ids == twice);
    CHECK(ends == std::vector{golden.ids.size(), golden.ids.size(), twice.size()});
  }
}

TEST_CASE("ids of a byte-level file are taken back to its bytes") {
  const auto tokenizer = fast(test::golden_json("text/bpe_byte_level.json"));
  CHECK(tokenizer->decode(encode(*tokenizer, kText)) == kText);
}

// Hugging Face decodes what an added token is in the text that it is looked for in.
TEST_CASE(
    "an added token is decoded as its normal form, byte by byte where its characters are bytes") {
  json file = test::golden_json("text/bpe_nfc.json");
  json& token = file["added_tokens"][0];
  const TokenId id = token["id"];
  const auto decoded = [&](std::string_view content, bool normalized) {
    token["content"] = content;
    token["normalized"] = normalized;
    return fast(file)->decode(std::vector<TokenId>{id});
  };
  CHECK(decoded("e\u0301~", true) == "\xE9~");
  CHECK(decoded("e\u0301~", false) == "e\u0301~");
  CHECK(decoded("\u00e9~", false) == "\xE9~");
  CHECK(decoded("\u00e9\u65e5", true) == "\u00e9\u65e5");
  file["normalizer"] = {{"type", "NFD"}};
  CHECK(decoded("\u00e9~", true) == "e\u0301~");
}

TEST_CASE("special tokens of a byte-level file may be forbidden, or be text") {
  const json file = test::golden_json("text/bpe_byte_level.json");
  CHECK(encode(*fast(file), "<|end|>").size() == 1);
  CHECK(encode(*fast(file, {.special = SpecialTokens::kText}), "<|end|>").size() > 1);
  CHECK_THROWS_AS(encode(*fast(file, {.special = SpecialTokens::kForbid}), "a<|end|>"), Error);
}

TEST_CASE("a part that the fast way does not know is left to the general one") {
  const std::pair<const char*, std::function<void(json&)>> kChanges[] = {
      {"unknown byte", [](json& f) { f["model"]["vocab"].erase("!"); }},
      {"dropout", [](json& f) { f["model"]["dropout"] = 0.1; }},
      {"suffix", [](json& f) { f["model"]["end_of_word_suffix"] = "</w>"; }},
      {"normalizer",
       [](json& f) {
         f["normalizer"] = {{"type", "Lowercase"}};
       }},
      {"pre-tokenizer",
       [](json& f) {
         f["pre_tokenizer"] = {{"type", "Whitespace"}};
       }},
      {"no split", [](json& f) { f["pre_tokenizer"]["use_regex"] = false; }},
      {"decoder", [](json& f) { f["decoder"] = nullptr; }},
      {"merge of nothing",
       [](json& f) {
         f["model"]["merges"].push_back({"zz", "qq"});
       }},
      {"merges out of order",
       [](json& f) {
         json& merges = f["model"]["merges"];
         std::reverse(merges.begin(), merges.end());
       }},
      {"merge with an empty part",
       [](json& f) {
         json& merges = f["model"]["merges"];
         merges.push_back({"", merges[0][0].get<std::string>() + merges[0][1].get<std::string>()});
       }},
      {"model", [](json& f) { f["model"]["type"] = "Unigram"; }},
  };
  for (const auto& change : kChanges) {  // clang 14 captures no bindings
    CAPTURE(change.first);
    json file = test::golden_json("text/bpe_byte_level.json");
    change.second(file);
    CHECK(fast(file) == nullptr);
  }
}

TEST_CASE("a vocabulary that has a text twice is left to the general reader") {
  const json file = test::golden_json("text/bpe_byte_level.json");
  const json& merge = file["model"]["merges"][0];
  const std::string merged = merge[0].get<std::string>() + merge[1].get<std::string>();
  const std::pair<std::string, const char*> kMore[] = {
      {"\"!\":900,", "a byte"},
      {json(merged).dump() + ":900,", "a merged token"},
      {"\"<x>\":900,\"<x>\":901,", "a token that no merge makes"}};
  for (const auto& more : kMore) {
    CAPTURE(more.second);
    std::string text = file.dump();
    const std::string vocab = "\"vocab\":{";
    text.insert(text.find(vocab) + vocab.size(), more.first);
    CHECK(make_byte_level_bpe(text, {}) == nullptr);
    CHECK(load_tokenizer_json(text, "", {}) != nullptr);
  }
}

TEST_CASE("ids need not stand in the order of the merges") {
  json file = test::golden_json("text/bpe_byte_level.json");
  json& vocab = file["model"]["vocab"];
  const auto last = static_cast<TokenId>(vocab.size() - 1);
  const auto other = [&](TokenId id) { return id <= last ? last - id : id; };
  const auto expected = encode(*fast(file), kText);
  for (json& id : vocab) id = other(id.get<TokenId>());
  for (json& token : file["added_tokens"]) token["id"] = other(token["id"].get<TokenId>());
  const auto tokenizer = fast(file);
  REQUIRE(tokenizer != nullptr);
  std::vector<TokenId> ids = encode(*tokenizer, kText);
  std::ranges::transform(ids, ids.begin(), other);
  CHECK(ids == expected);
}

TEST_CASE("merges may be strings, and a token may have several of which one is ever used") {
  json file = test::golden_json("text/bpe_byte_level.json");
  const auto expected = encode(*fast(file), kText);
  json merges = json::array();
  for (const json& pair : file["model"]["merges"]) {
    const auto left = pair[0].get<std::string>(), right = pair[1].get<std::string>();
    merges.push_back(left + " " + right);
    // The other ways to cut the token, which files converted from rank files have.
    const std::string whole = left + right;
    for (std::size_t cut = 1; cut < whole.size(); ++cut) {
      const json& vocab = file["model"]["vocab"];
      if (cut != left.size() && vocab.contains(whole.substr(0, cut)) &&
          vocab.contains(whole.substr(cut)))
        merges.push_back(whole.substr(0, cut) + " " + whole.substr(cut));
    }
  }
  CHECK(merges.size() > file["model"]["merges"].size());
  file["model"]["merges"] = merges;
  const auto tokenizer = fast(file);
  REQUIRE(tokenizer != nullptr);
  CHECK(encode(*tokenizer, kText) == expected);
}

namespace {

// The text cut at every place that the tokenizer gives, from its end on.
std::vector<TokenId> encode_in_parts(const Tokenizer& tokenizer, std::string_view text,
                                     std::size_t& cuts) {
  std::vector<std::string_view> parts;
  for (std::size_t cut; (cut = tokenizer.cut(text)) != 0; text = text.substr(0, cut), ++cuts)
    parts.push_back(text.substr(cut));
  std::vector<TokenId> ids = encode(tokenizer, text);
  for (; !parts.empty(); parts.pop_back()) {
    const auto more = encode(tokenizer, parts.back());
    ids.insert(ids.end(), more.begin(), more.end());
  }
  return ids;
}

json with_token(json file, std::string_view content, std::string_view flag = "") {
  json token = file["added_tokens"][0];
  token["content"] = content;
  token["id"] = 1000;
  for (const char* name : {"lstrip", "rstrip", "single_word"}) token[name] = name == flag;
  file["added_tokens"].push_back(token);
  return file;
}

}  // namespace

TEST_CASE("parts of a text give its ids, whatever added tokens and blanks at the front do") {
  const std::string text = "the cat2 7ab a 7\nx7 mats x2y a2b the\tcat a7a ab  the 7";
  const json plain = test::golden_json("text/bpe_byte_level.json");
  std::vector<json> files = {plain, test::golden_json("text/bpe_prefix_space.json")};
  for (const json& file : {files[0], files[1]}) {
    for (const char* content : {"t2", "2y", "a 7", "the", "7", "a", "b the", "2", "x"}) {
      for (const char* flag : {"", "lstrip", "rstrip", "single_word"})
        files.push_back(with_token(file, content, flag));
    }
  }
  std::size_t cuts = 0;
  for (const json& file : files) {
    CAPTURE(file["added_tokens"].dump());
    CAPTURE(file["pre_tokenizer"].dump());
    const auto tokenizer = fast(file);
    REQUIRE(tokenizer != nullptr);
    CHECK(encode_in_parts(*tokenizer, text, cuts) == encode(*tokenizer, text));
  }
  CHECK(cuts > 5 * files.size());
}
