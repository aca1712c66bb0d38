#include <doctest/doctest.h>

#include <thread>

#include "support/errors.h"
#include "support/golden_tokenizers.h"

using namespace dsprep;
using test::ids_of;

namespace {

nlohmann::json file_of(const nlohmann::json& model, const nlohmann::json& parts = {}) {
  nlohmann::json file = {{"version", "1.0"}, {"model", model}};
  if (!parts.is_null()) file.update(parts);
  return file;
}

std::unique_ptr<Tokenizer> load(const nlohmann::json& file, const TokenizerOptions& options = {}) {
  return load_tokenizer(file.dump(), "t.json", options);
}

const nlohmann::json kPieces = {{"type", "WordPiece"},
                                {"unk_token", "[UNK]"},
                                {"continuing_subword_prefix", "##"},
                                {"max_input_chars_per_word", 10},
                                {"vocab",
                                 {{"[UNK]", 0},
                                  {"un", 1},
                                  {"##aff", 2},
                                  {"##able", 3},
                                  {"a", 4},
                                  {"##a", 5},
                                  {".", 6},
                                  {"unaffablex", 7}}}};

// "a", "aa", "aaaa", … up to 64 letters, and merges that double.
nlohmann::json doubling_bpe() {
  nlohmann::json vocab = {{"<unk>", 0}}, merges = nlohmann::json::array();
  std::string token = "a";
  for (int id = 1; id < 8; ++id, token += token) {
    vocab[token] = id;
    if (id < 7) merges.push_back(token + " " + token);
  }
  return {{"type", "BPE"}, {"vocab", vocab}, {"merges", merges}, {"unk_token", "<unk>"}};
}

const nlohmann::json kBert = {
    {"normalizer",
     {{"type", "BertNormalizer"},
      {"clean_text", true},
      {"handle_chinese_chars", true},
      {"strip_accents", nullptr},
      {"lowercase", true}}},
    {"pre_tokenizer", {{"type", "BertPreTokenizer"}}},
};

}  // namespace

TEST_CASE("tokenizer.json files give Hugging Face's ids and text") {
  for (const char* const kind : {"bpe", "unigram", "words"}) {
    const auto golden = test::golden_json(std::string("text/tokenizers_") + kind + ".json");
    for (const nlohmann::json& file : golden.at("files")) {
      CAPTURE(file.at("name").get<std::string>());
      const auto tokenizer = load_tokenizer(file.at("file").get<std::string>(), "golden.json");
      test::check_golden(*tokenizer, file.at("texts"));
      CHECK(tokenizer->to_file() == file.at("file").get<std::string>());
    }
  }
}

TEST_CASE(
    "word pieces are the longest ones from the left, and a word that does not fit is unknown") {
  const auto tokenizer = load(file_of(kPieces, kBert));
  CHECK(ids_of(*tokenizer, "Unaffable.") == std::vector<TokenId>{1, 2, 3, 6});
  CHECK(ids_of(*tokenizer, "unaff\tz a.a") == std::vector<TokenId>{1, 2, 0, 4, 6, 4});
  CHECK(ids_of(*tokenizer, "unaffablex") == std::vector<TokenId>{7});
  CHECK(ids_of(*tokenizer, "aaaaaaaaaa") == std::vector<TokenId>{4, 5, 5, 5, 5, 5, 5, 5, 5, 5});
  CHECK(ids_of(*tokenizer, "aaaaaaaaaaa") == std::vector<TokenId>{0});  // 11 letters, 10 allowed
}

TEST_CASE("long runs of one character cost no more than their length") {
  const auto bpe = load(file_of(doubling_bpe()));
  const std::string letters(1U << 20, 'a');
  const std::vector<TokenId> ids = ids_of(*bpe, letters);
  CHECK(ids == std::vector<TokenId>(letters.size() / 64, 7));
  const auto pieces = load(file_of(kPieces, kBert));
  CHECK(ids_of(*pieces, letters) == std::vector<TokenId>{0});
  CHECK(ids_of(*pieces, std::string(1U << 20, ' ')).empty());
  CHECK(ids_of(*pieces, std::string(1U << 20, '.')) == std::vector<TokenId>(1U << 20, 6));
  std::string marks = "a";
  for (int i = 0; i < 1 << 19; ++i) marks += i % 2 == 0 ? "\xCC\x81" : "\xCC\xA7";
  CHECK(ids_of(*pieces, marks) == std::vector<TokenId>{4});
}

TEST_CASE("any number of threads gets the same ids") {
  const auto tokenizer = load(file_of(kPieces, kBert));
  std::string text;
  for (int i = 0; i < 20000; ++i) text += i % 7 == 0 ? "Unaffable, " : i % 3 == 0 ? "aa.a\n" : "x ";
  const std::vector<TokenId> expected = ids_of(*tokenizer, text);
  std::vector<std::vector<TokenId>> got(4);
  std::vector<std::thread> threads;
  for (auto& ids : got) threads.emplace_back([&] { tokenizer->encode(text, ids); });
  for (std::thread& thread : threads) thread.join();
  for (const auto& ids : got) CHECK(ids == expected);
}

TEST_CASE("a text may be cut where the tokenizer says so") {
  const auto tokenizer = load(file_of(kPieces, kBert));
  const std::string text = "Unaffable, aa\r\n a\xC3\xA9 \xE6\x97\xA5 .x\ta";
  const std::vector<TokenId> whole = ids_of(*tokenizer, text);
  for (std::size_t end = 0; end <= text.size(); ++end) {
    const std::size_t cut = tokenizer->cut(std::string_view(text).substr(0, end));
    std::vector<TokenId> ids = ids_of(*tokenizer, text.substr(0, cut));
    tokenizer->encode(text.substr(cut), ids);
    CHECK(ids == whole);
    CHECK((cut > 0) == (text.substr(0, end).find_first_of(" \r\n\t") != std::string::npos));
  }
}

TEST_CASE("special tokens of a file are ids, text or an error, as the caller says") {
  const nlohmann::json added = {{"added_tokens",
                                 {{{"id", 8},
                                   {"content", "<s>"},
                                   {"single_word", false},
                                   {"lstrip", false},
                                   {"rstrip", false},
                                   {"normalized", false},
                                   {"special", true}}}}};
  nlohmann::json file = file_of(kPieces, kBert);
  file.update(added);
  CHECK(load(file)->vocab_size() == 9);
  CHECK(ids_of(*load(file), "a<s>a") == std::vector<TokenId>{4, 8, 4});
  CHECK(ids_of(*load(file, {.special = SpecialTokens::kText}), "a<s>a") ==
        std::vector<TokenId>{4, 0, 0, 0, 4});
  const auto forbids = load(file, {.special = SpecialTokens::kForbid});
  CHECK(test::code_of([&] { ids_of(*forbids, "a<s>a"); }) == ErrorCode::kBadRow);
  CHECK(ids_of(*forbids, "a") == std::vector<TokenId>{4});
}

TEST_CASE(
    "what a file asks for and is not there is refused by name, and what is broken is corrupt") {
  struct Case {
    const char* name;
    nlohmann::json file;
    ErrorCode code;
  };
  nlohmann::json dropout = doubling_bpe(), merge = doubling_bpe();
  dropout["dropout"] = 0.1;
  merge["merges"].push_back("b b");
  const auto split = [](const char* regex) {
    return nlohmann::json{{"pre_tokenizer",
                           {{"type", "Split"},
                            {"pattern", {{"Regex", regex}}},
                            {"behavior", "Isolated"},
                            {"invert", false}}}};
  };
  const std::vector<Case> cases = {
      {"model", file_of({{"type", "Other"}}), ErrorCode::kUnsupportedFormat},
      {"dropout", file_of(dropout), ErrorCode::kUnsupportedFormat},
      {"merge", file_of(merge), ErrorCode::kCorrupt},
      {"normalizer", file_of(kPieces, {{"normalizer", {{"type", "Other"}}}}),
       ErrorCode::kUnsupportedFormat},
      {"pre-tokenizer", file_of(kPieces, {{"pre_tokenizer", {{"type", "Other"}}}}),
       ErrorCode::kUnsupportedFormat},
      {"decoder", file_of(kPieces, {{"decoder", {{"type", "Other"}}}}),
       ErrorCode::kUnsupportedFormat},
      {"version", file_of(kPieces, {{"version", "2.0"}}), ErrorCode::kUnsupportedFormat},
      {"dialect", file_of(kPieces, split("\\h")), ErrorCode::kUnsupportedFormat},
      {"script", file_of(kPieces, split("\\p{Thai}")), ErrorCode::kUnsupportedFormat},
      {"expression", file_of(kPieces, split("(")), ErrorCode::kUnsupportedFormat},
      {"no vocabulary", file_of({{"type", "WordPiece"}}), ErrorCode::kCorrupt},
      {"far id", file_of({{"type", "WordLevel"}, {"vocab", {{"a", 4000000000U}}}}),
       ErrorCode::kUnsupportedFormat},
      {"sampling",
       file_of({{"type", "Unigram"}, {"unk_id", 0}, {"vocab", {{"a", -1.0}}}, {"alpha", 0.5}}),
       ErrorCode::kUnsupportedFormat},
  };
  for (const Case& bad : cases) {
    CAPTURE(bad.name);
    CHECK(test::code_of([&] { (void)load(bad.file); }) == bad.code);
  }
}

TEST_CASE("the message names the file and what it asks for") {
  try {
    (void)load(file_of(kPieces, {{"normalizer", {{"type", "Reverse"}}}}));
    FAIL("it was loaded");
  } catch (const Error& error) {
    CHECK(std::string(error.what()).find("Reverse") != std::string::npos);
    CHECK(error.where().file == "t.json");
  }
}

TEST_CASE("what a post-processor puts around a text is told, and what it cannot tell is refused") {
  const auto marks = [](const nlohmann::json& post) {
    return load(file_of(kPieces, {{"post_processor", post}}))->marks();
  };
  const nlohmann::json tokens = {{"A", {{"id", "A"}, {"ids", {9}}, {"tokens", {"A"}}}},
                                 {"B", {{"id", "B"}, {"ids", {4, 5}}, {"tokens", {"x", "y"}}}}};
  const auto item = [](const char* kind, const char* id) {
    return nlohmann::json{{kind, {{"id", id}, {"type_id", 0}}}};
  };
  const auto of = [&](std::vector<nlohmann::json> single) {
    return nlohmann::json{
        {"type", "TemplateProcessing"}, {"single", single}, {"special_tokens", tokens}};
  };
  const auto a = item("SpecialToken", "A"), b = item("SpecialToken", "B");
  const auto text = item("Sequence", "A");
  const nlohmann::json bert = {
      {"type", "BertProcessing"}, {"sep", {"[SEP]", 3}}, {"cls", {"[CLS]", 7}}};

  CHECK(marks(nullptr) == TextMarks{});
  CHECK(marks({{"type", "ByteLevel"}}) == TextMarks{});
  CHECK(marks(bert) == TextMarks{{7}, {3}});
  CHECK(marks(of({b, text, a})) == TextMarks{{4, 5}, {9}});
  const nlohmann::json bytes = {{"type", "ByteLevel"}};
  const auto sequence = [](std::vector<nlohmann::json> parts) {
    return nlohmann::json{{"type", "Sequence"}, {"processors", parts}};
  };
  CHECK(marks(sequence({bytes, of({a, text})})) == TextMarks{{9}, {}});
  for (const nlohmann::json& bad :
       {of({a}), sequence({of({a, text}), bert}), of({text, a, text}), of({item("Sequence", "B")}),
        nlohmann::json{{"type", "New"}}, nlohmann::json{{"type", "BertProcessing"}}}) {
    const auto tokenizer = load(file_of(kPieces, {{"post_processor", bad}}));  // loads, encodes
    CHECK(ids_of(*tokenizer, "a") == std::vector<TokenId>{4});
    CHECK(test::code_of([&] { tokenizer->marks(); }) == ErrorCode::kUnsupportedFormat);
  }
}
