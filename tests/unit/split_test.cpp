#include "lib/text/split.h"

#include <doctest/doctest.h>

#include <random>
#include <string>

#include "lib/text/pattern_dialect.h"
#include "lib/text/pattern_program.h"
#include "lib/text/split_deepseek.h"
#include "lib/text/split_masks.h"
#include "lib/text/split_window.h"
#include "support/errors.h"

using namespace dsprep;

namespace {

using Lengths = std::vector<std::size_t>;

Lengths lengths_of(const Splitter& splitter, std::string_view text) {
  Lengths lengths;
  const auto state = splitter.make_state();
  PieceEnds ends;
  std::size_t position = 0;
  while (position < text.size()) splitter.split(text, position, ends, state.get());
  std::size_t start = 0;
  for (std::size_t i = 0; i < ends.size(); ++i) {
    lengths.push_back((ends[i] & ~PieceEnds::kDropped) - start);
    start = ends[i] & ~PieceEnds::kDropped;
  }
  return lengths;
}

std::unique_ptr<Splitter> named(std::string_view name) {
  return name == "deepseek" ? make_deepseek_splitter() : known_splitter(pattern_named(name));
}

struct Golden {
  std::string_view name, text;
  Lengths pieces;
};
const Golden kGolden[] = {
#include "../golden/text/split_pieces.inc"
};

// Random texts of what the patterns tell apart.
class RandomText {
 public:
  std::string next(std::size_t characters) {
    static const std::string kCharacters[] = {" ",
                                              " ",
                                              "\n",
                                              "\r",
                                              "\t",
                                              "'",
                                              "s",
                                              "T",
                                              "l",
                                              "ll",
                                              "re",
                                              "Ve",
                                              "a",
                                              "bc",
                                              "Z",
                                              "QX",
                                              "1",
                                              "23",
                                              "!",
                                              "/",
                                              "_",
                                              "(",
                                              "é",
                                              "É",
                                              "ж",
                                              "Ж",
                                              "漢",
                                              "가",
                                              "\xCC\x81",
                                              "。",
                                              "“",
                                              "\xC2\xA0",
                                              "\xE3\x80\x80",
                                              "\xC5\xBF",
                                              "½",
                                              "٣",
                                              "\xF0\x9F\x98\x80",
                                              "\xE2\x80\x8D",
                                              "न",
                                              "ª"};
    std::string text;
    for (std::size_t i = 0; i < characters; ++i) {
      const std::string& c = kCharacters[random_() % std::size(kCharacters)];
      for (auto n = random_() % 8 == 0 ? random_() % 20 : 1; n > 0; --n) text += c;
    }
    return text;
  }
  /// Mostly ASCII, with longer words.
  std::string prose(std::size_t words) {
    std::string text;
    for (std::size_t i = 0; i < words; ++i) {
      for (auto n = 1 + random_() % 9; n > 0; --n)
        text += static_cast<char>((random_() % 9 == 0 ? 'A' : 'a') + random_() % 26);
      text += random_() % 6 == 0 ? next(3) : " ";
    }
    return text;
  }

 private:
  std::mt19937 random_{11};
};

template <class Rules>
Lengths scanned(std::string_view text) {
  Lengths lengths;
  const auto* p = reinterpret_cast<const scan::Byte*>(text.data());
  for (const auto* const end = p + text.size(); p < end;) {
    const auto* const stop = Rules::next(p, end);
    lengths.push_back(static_cast<std::size_t>(stop - p));
    p = stop;
  }
  return lengths;
}

template <class Rules>
void check_windows(std::string_view name) {
  RandomText texts;
  const auto splitter = named(name);
  for (int i = 0; i < 400; ++i) {
    const std::string text = i % 2 == 0 ? texts.next(300) : texts.prose(60);
    CAPTURE(text);
    REQUIRE(lengths_of(*splitter, text) == scanned<Rules>(text));
  }
  for (std::size_t i = 0; i < 3000; ++i) {  // those that end within a window
    const std::string text = i % 2 == 0 ? texts.next(i % 90) : texts.prose(i % 17);
    CAPTURE(text);
    REQUIRE(lengths_of(*splitter, text) == scanned<Rules>(text));
  }
}

}  // namespace

TEST_CASE("every known pattern cuts hostile texts as the reference does") {
  for (const Golden& golden : kGolden) {
    CAPTURE(golden.name);
    CAPTURE(std::string(golden.text));
    CHECK(lengths_of(*named(golden.name), golden.text) == golden.pieces);
  }
}

TEST_CASE("windows of 64 bytes give the pieces that the scan gives") {
  check_windows<window::Gpt2>("gpt2");
  check_windows<window::Cl100k<3, true>>("cl100k");
  check_windows<window::Cl100k<3, false>>("llama3");
  check_windows<window::Cl100k<1, false>>("qwen");
  check_windows<window::O200k<3, true>>("o200k");
  check_windows<window::DeepSeek>("deepseek");
}

TEST_CASE("bytes are sorted alike by all instruction sets") {
  std::mt19937 random(3);
  for (int i = 0; i < 200; ++i) {
    unsigned char bytes[64];
    for (unsigned char& b : bytes)
      b = static_cast<unsigned char>(i % 2 == 0 ? random() : random() % 128);
    AsciiMasks portable, best;
    sort_bytes_portable(bytes, portable);
    best_sort_bytes()(bytes, best);
    CHECK(portable.upper == best.upper);
    CHECK(portable.lower == best.lower);
    CHECK(portable.number == best.number);
    CHECK(portable.space == best.space);
    CHECK(portable.newline == best.newline);
    CHECK(portable.blank == best.blank);
    CHECK(portable.apostrophe == best.apostrophe);
    CHECK(portable.control == best.control);
    CHECK(portable.high == best.high);
    CHECK(portable.continuation == best.continuation);
  }
}

TEST_CASE("PCRE2, the automaton and the hand-written splitters agree") {
  RandomText texts;
  for (const char* name : {"gpt2", "cl100k", "qwen", "llama3", "o200k"}) {
    CAPTURE(name);
    const std::string_view pattern = pattern_named(name);
    const auto slow = make_regex_splitter(pattern, Unmatched::kDropped, RegexEngine::kPcre2);
    const auto automaton = make_regex_splitter(pattern, Unmatched::kDropped);
    for (int i = 0; i < 60; ++i) {
      const std::string text = i % 2 == 0 ? texts.next(300) : texts.prose(60);
      CAPTURE(text);
      const Lengths expected = lengths_of(*named(name), text);
      REQUIRE(lengths_of(*slow, text) == expected);
      REQUIRE(lengths_of(*automaton, text) == expected);
    }
  }
}

TEST_CASE("what a pattern does not match is dropped, or a piece") {
  PieceEnds ends;
  std::size_t position = 0;
  const auto dropped = make_regex_splitter("[a-z]+", Unmatched::kDropped);
  dropped->split("ab 12cd!", position, ends, dropped->make_state().get());
  REQUIRE(ends.size() == 4);
  CHECK(ends[0] == 2);
  CHECK(ends[1] == (5 | PieceEnds::kDropped));
  CHECK(ends[2] == 7);
  CHECK(ends[3] == (8 | PieceEnds::kDropped));
  CHECK(lengths_of(*make_regex_splitter("[a-z]*", Unmatched::kPiece), "ab 12cd!") ==
        Lengths{2, 3, 2, 1});
}

TEST_CASE("sets of classes, and the script Han, are those of fancy-regex") {
  const std::string text = "Hausboot xAyB12 \u65E5\u672C a\u65E5 \U0002EBF0\U00020000z";
  for (const RegexEngine engine : {RegexEngine::kPcre2, RegexEngine::kBest}) {
    const auto lengths = [&](const char* pattern) {
      return lengths_of(*make_regex_splitter(pattern, Unmatched::kPiece, engine), text);
    };
    CHECK(lengths("[a-z&&[^aeiou]]+") == lengths("[b-df-hj-np-tv-z]+"));
    CHECK(lengths("[a-z--aeiou]+|[A-Z--[AB]&&F-Z]") == lengths("[b-df-hj-np-tv-z]+|[F-Z]"));
    CHECK(lengths("(?i)[a-z&&[^B]]+x?") == lengths("(?i)[ac-z]+x?"));
    CHECK(lengths("\\p{Han}+|[\\p{L}&&[^\\p{Han}]]+|\\P{Han}") ==
          Lengths{8, 1, 4, 1, 1, 1, 6, 1, 1, 3, 1, 8, 1});
  }
  const auto program = PatternProgram::read(
      pattern_for_pcre2("[\\p{L}&&[^\\p{Han}]]*+x", PatternEngine::kFancyRegex));
  CHECK(program.has_value());  // no going back for it
}

TEST_CASE("words, borders and characters by number are those of fancy-regex") {
  // U+2160 and U+24D0 are alphabetic without being letters; a joiner is a part of a word there.
  const std::string text = "ab_1 \u2160\u24D0-a\u200Db \u00E9]";
  for (const RegexEngine engine : {RegexEngine::kPcre2, RegexEngine::kBest}) {
    const auto lengths = [&](const char* pattern) {
      return lengths_of(*make_regex_splitter(pattern, Unmatched::kPiece, engine), text);
    };
    CHECK(lengths(R"(\w+)") == Lengths{4, 1, 6, 1, 5, 1, 2, 1});
    CHECK(lengths(R"(\W)") == lengths(R"([^\w])"));
    CHECK(lengths(R"([\w\s]+?\b)") == Lengths{4, 1, 6, 1, 5, 1, 2, 1});
    CHECK(lengths(R"((?<first>a)\B)") == Lengths{1, 11, 1, 8});
    CHECK(lengths(R"(\x61\x{62}|\u00e9|\U0000005D)") == Lengths{2, 16, 2, 1});
    CHECK(lengths(R"([\x5B-\x5D]|\pN+)") == lengths(R"([\[-\]]|\p{N}+)"));
  }
}

TEST_CASE("patterns that engines read differently are refused by name") {
  for (const char* pattern :
       {R"([\W])", R"([\b])", R"(\G)", R"(\k<n>)", R"(\xZZ)", R"(\u{D800})", R"([\u{2EBF0}])", "\U0002EBF0", R"([^a&&b])",
        R"([a&&])", R"([&&a])", R"([a&&[b]c])", R"([a&&[b[c]]])", R"([a~~b])", R"([a[b]])", R"(\1)",
        R"(\p{Greek})", "(*ACCEPT)", "(?R)", "(?P>n)", "(?x)a"}) {
    CAPTURE(pattern);
    CHECK(test::code_of([&] { make_regex_splitter(pattern, Unmatched::kDropped); }) ==
          ErrorCode::kUnsupportedFormat);
  }
  CHECK(test::code_of([] { make_regex_splitter("a(", Unmatched::kDropped); }) == ErrorCode::kUsage);
  // Oniguruma has others.
  for (const char* pattern : {R"(\pL)", R"(\w+)", R"([a&&b])", "(?<n>a)", "^a"}) {
    CAPTURE(pattern);
    CHECK(test::code_of([&] { pattern_for_pcre2(pattern, PatternEngine::kOniguruma); }) ==
          ErrorCode::kUnsupportedFormat);
  }
}

TEST_CASE("a pattern that begins with a look finds its shortest match") {
  for (const RegexEngine engine : {RegexEngine::kPcre2, RegexEngine::kBest}) {
    const auto splitter = make_regex_splitter("(?=a)(?:b|as)*a", Unmatched::kPiece, engine);
    CHECK(lengths_of(*splitter, "Sa1") == Lengths{1, 1, 1});
  }
}

TEST_CASE("a pattern that looks at a whole run for each piece of it is refused, not waited for") {
  const auto splitter = make_regex_splitter("[a-z]+(?=!)|[a-z]", Unmatched::kDropped);
  CHECK(lengths_of(*splitter, std::string(300, 'a')) == Lengths(300, 1));
  const std::string text(1 << 20, 'a');
  CHECK(test::code_of([&] { lengths_of(*splitter, text); }) == ErrorCode::kUsage);
  CHECK(lengths_of(*splitter, text + "!") == Lengths{1 << 20, 1});
}

TEST_CASE("a match that needs more than the engine's limits is an error, never another result") {
  const auto splitter =
      make_regex_splitter("(?:(?:a|aa)+)+b|a", Unmatched::kDropped, RegexEngine::kPcre2);
  const std::string text(200, 'a');
  CHECK(test::code_of([&] { lengths_of(*splitter, text); }) == ErrorCode::kUsage);
}

TEST_CASE("nested splitters cut the pieces of the one before") {
  std::vector<std::unique_ptr<Splitter>> splitters;
  splitters.push_back(make_digits_splitter(true));
  splitters.push_back(known_splitter(pattern_named("gpt2")));
  CHECK(lengths_of(*make_nested_splitter(std::move(splitters)), "ab 12 c") ==
        Lengths{2, 1, 1, 1, 2});
}
