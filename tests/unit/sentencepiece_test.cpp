#include <doctest/doctest.h>

#include <iterator>
#include <random>

#include "lib/text/hf/precompiled.h"
#include "support/errors.h"
#include "support/golden_tokenizers.h"

using namespace dsprep;
using test::ids_of;

namespace {

nlohmann::json golden_files() { return test::golden_json("text/sentencepiece.json").at("files"); }

std::string model_of(const nlohmann::json& file) {
  return hf::decode_base64(file.at("file").get<std::string>());
}

// Protobuf fields: of bytes, and of a number.
std::string field(unsigned number, const std::string& bytes) {
  return std::string{static_cast<char>(number << 3 | 2), static_cast<char>(bytes.size())} + bytes;
}
std::string field(unsigned number, unsigned value) {
  return std::string{static_cast<char>(number << 3), static_cast<char>(value)};
}
std::string piece(const std::string& text, unsigned type, const std::string& score = "") {
  return field(
      1, field(1, text) + (score.empty() ? "" : std::string{2 << 3 | 5} + score) + field(3, type));
}

const std::string kOne = {0, 0, '\x80', '\x3F'};  // 1 as a float

}  // namespace

TEST_CASE("SentencePiece models give the library's ids and text") {
  for (const nlohmann::json& file : golden_files()) {
    CAPTURE(file.at("name").get<std::string>());
    const std::string model = model_of(file);
    const auto tokenizer = load_tokenizer(model, "golden.model");
    test::check_golden(*tokenizer, file.at("texts"));
    CHECK(tokenizer->to_file() == model);
  }
}

TEST_CASE("a text is encoded as a whole, wherever it is cut inside") {
  // Each model's longest text of one letter in the golden file is short: here the parts meet every
  // bound of the cache, and what is remembered must not differ from what is worked out.
  for (const nlohmann::json& file : golden_files()) {
    const std::string model = model_of(file);
    const auto warm = load_tokenizer(model, "golden.model");
    for (std::size_t length = 1; length < 60; ++length) {
      const std::string text = "the " + std::string(length, 'a') + " quick";
      const auto cold = load_tokenizer(model, "golden.model");
      CHECK(ids_of(*cold, text) == ids_of(*warm, text));
      CHECK(ids_of(*warm, text) == ids_of(*warm, text));
    }
  }
}

TEST_CASE("a document cut at a place that cut() gives has the ids of the whole") {
  std::mt19937 random(1);
  const std::string_view parts[] = {"the",  " ",    "quick ", "\n", "  ", "\t", "\xE6\x97\xA5",
                                    "aaaa", "a b",  "\xEF\xAC\x81", ".",  "e\xCC\x81", "x\xC2\xA0y",
                                    "1 2",  "\x01", "\xE2\x96\x81"};
  for (const nlohmann::json& file : golden_files()) {
    CAPTURE(file.at("name").get<std::string>());
    const auto tokenizer = load_tokenizer(model_of(file), "golden.model");
    std::size_t cuts = 0;
    for (int round = 0; round < 300; ++round) {
      std::string text;
      while (text.size() < 40) text += parts[random() % std::size(parts)];
      CAPTURE(text);
      const std::size_t seen = random() % text.size();  // perhaps not whole characters
      const std::size_t cut = tokenizer->cut(std::string_view(text).substr(0, seen));
      REQUIRE(cut <= seen);
      if (cut == 0) continue;
      ++cuts;
      std::vector<TokenId> ids;
      TextCarry carry;
      tokenizer->encode_part(std::string_view(text).substr(0, cut), carry, ids);
      tokenizer->encode_part(std::string_view(text).substr(cut), carry, ids);
      CHECK(ids == ids_of(*tokenizer, text));
    }
    // Not with symbols of the user's or a space that is put behind.
    const std::string name = file.at("name").get<std::string>();
    CHECK((cuts > 0) == name.ends_with("bytes"));
    CHECK(tokenizer->needs_order() == name.starts_with("unigram"));
  }
}

TEST_CASE("a megabyte of one character is encoded, and decodes to itself") {
  for (const nlohmann::json& file : golden_files()) {
    const std::string name = file.at("name").get<std::string>();
    CAPTURE(name);
    const auto tokenizer = load_tokenizer(model_of(file), "golden.model");
    const std::string letters(1U << 20, 'a');
    const std::string decoded = tokenizer->decode(ids_of(*tokenizer, letters));
    CHECK(decoded.find(letters) != std::string::npos);
    std::string emoji;
    for (int i = 0; i < 1 << 18; ++i) emoji += "\xF0\x9F\x99\x82";
    const std::vector<TokenId> ids = ids_of(*tokenizer, emoji);
    if (name.ends_with("bytes")) {
      CHECK(ids.size() == emoji.size() + 1);  // and the space in front
    } else {
      CHECK(ids.size() == 2);  // unknown characters in a row are one id
    }
    CHECK(ids_of(*tokenizer, std::string(1U << 20, ' ')).size() <= (1U << 20) + 1);
  }
}

TEST_CASE("a damaged model is refused or is another model, and never does harm") {
  const std::string model = model_of(golden_files().at(0));
  for (std::size_t cut = 0; cut + 16 < model.size(); cut += 7)
    CHECK(test::code_of([&] { (void)load_tokenizer(model.substr(0, cut), "cut.model"); }));
  for (std::size_t at = 0; at < model.size(); at += 3) {
    std::string damaged = model;
    damaged[at] = static_cast<char>(damaged[at] ^ (1 << at % 8));
    try {
      const auto tokenizer = load_tokenizer(damaged, "damaged.model");
      CHECK(ids_of(*tokenizer, "the quick fox, aaaa \xEF\xAC\x81").size() < 100);
    } catch (const Error& error) {
      CHECK(error.code() != ErrorCode::kInternal);
    }
  }
}

TEST_CASE("models that SentencePiece refuses are corrupt, what is not supported is named") {
  const std::string unknown = piece("<unk>", 2), bpe = field(2, field(3, 2)) + field(3, "");
  struct Case {
    const char* name;
    std::string model;
    std::optional<ErrorCode> code;
  };
  for (const Case& c : {
           Case{"sound", unknown + piece("a", 1, kOne) + bpe, std::nullopt},
           Case{"no unknown piece", piece("a", 1) + bpe, ErrorCode::kCorrupt},
           Case{"two unknown pieces", unknown + piece("<u>", 2) + bpe, ErrorCode::kCorrupt},
           Case{"empty piece", unknown + piece("", 1) + bpe, ErrorCode::kCorrupt},
           Case{"equal pieces", unknown + piece("a", 1) + piece("a", 1) + bpe, ErrorCode::kCorrupt},
           Case{"score", unknown + piece("a", 1, {0, 0, '\xC0', '\x7F'}) + bpe,
                ErrorCode::kCorrupt},
           Case{"type", unknown + piece("a", 9) + bpe, ErrorCode::kCorrupt},
           Case{"byte", unknown + piece("<0x41>", 6) + bpe, ErrorCode::kCorrupt},
           Case{"unused", unknown + piece("a", 5) + bpe, ErrorCode::kUnsupportedFormat},
           Case{"no settings", unknown + piece("a", 1), ErrorCode::kCorrupt},
           Case{"words", unknown + field(2, field(3, 3)) + field(3, ""),
                ErrorCode::kUnsupportedFormat},
       }) {
    CAPTURE(c.name);
    CHECK(test::code_of([&] { (void)load_tokenizer(c.model, "made.model"); }) == c.code);
  }
}

TEST_CASE("control symbols in a text are text, or forbidden") {
  const std::string model = model_of(golden_files().at(0));
  CHECK(test::code_of([&] {
          (void)load_tokenizer(model, "m", {.special = SpecialTokens::kAllow});
        }) == ErrorCode::kUsage);
  const auto forbids = load_tokenizer(model, "m", {.special = SpecialTokens::kForbid});
  CHECK(test::code_of([&] { ids_of(*forbids, "a</s>"); }) == ErrorCode::kBadRow);
  CHECK(ids_of(*forbids, "the fox") == ids_of(*load_tokenizer(model, "m"), "the fox"));
}
