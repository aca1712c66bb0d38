#include <doctest/doctest.h>

#include <random>
#include <string>
#include <vector>

#include "dsprep/error.h"
#include "lib/text/pattern_automaton.h"
#include "lib/text/split.h"

using namespace dsprep;

namespace {

std::vector<std::uint32_t> ends_of(const Splitter& splitter, std::string_view text) {
  const auto state = splitter.make_state();
  PieceEnds ends;
  for (std::size_t at = 0; at < text.size();) splitter.split(text, at, ends, state.get());
  return {ends.all().begin(), ends.all().end()};
}

bool has_program(std::string_view pattern) { return PatternProgram::read(pattern).has_value(); }

// A random pattern of the forms that a program may have.
class RandomPattern {
 public:
  explicit RandomPattern(unsigned seed) : random_(seed) {}

  std::string choice(int depth) {
    std::string out = sequence(depth);
    while (below(3) == 0) out += "|" + sequence(depth);
    return out;
  }
  std::string text() {
    static const std::vector<std::string> kCharacters = {"a", "b",      "B",  "s",  "S",  "ſ",
                                                         "1", "²",      " ",  "  ", "\n", "\t",
                                                         "é", "\u00a0", "漢", "'",  "-",  "İ"};
    std::string out;
    for (std::size_t n = below(40); n > 0; --n) out += one_of(kCharacters);
    return out;
  }

 private:
  std::size_t below(std::size_t n) { return random_() % n; }
  const std::string& one_of(const std::vector<std::string>& list) {
    return list[below(list.size())];
  }

  std::string sequence(int depth) {
    std::string out;
    for (std::size_t n = 1 + below(3); n > 0; --n) out += piece(depth);
    return out;
  }
  std::string piece(int depth) {
    static const std::vector<std::string> kLooks = {R"((?!\S))", "(?=a)", R"((?!\p{L}))", "$"};
    static const std::vector<std::string> kGreedy = {"",      "",    "?",     "*",   "+",
                                                     "{1,3}", "{2}", "{0,2}", "{2,}"};
    static const std::vector<std::string> kOthers = {"??", "*?", "+?", "?+", "*+", "++", "{1,3}+"};
    if (below(8) == 0) return one_of(kLooks);
    if (depth > 0 && below(4) == 0) {
      const char* const open = below(2) == 0 ? "(?i:" : "(?:";
      return open + choice(depth - 1) + ")" + one_of(kGreedy);
    }
    return item() + (below(4) == 0 ? one_of(kOthers) : one_of(kGreedy));
  }
  const std::string& item() {
    static const std::vector<std::string> kItems = {"a",
                                                    "s",
                                                    "b",
                                                    R"(\p{L})",
                                                    R"(\p{N})",
                                                    R"(\s)",
                                                    R"(\S)",
                                                    ".",
                                                    R"([^\r\n\p{L}\p{N}])",
                                                    R"([^\s\p{L}])",
                                                    "[ab]",
                                                    " ",
                                                    "'",
                                                    R"([\p{Lu}\-])"};
    return one_of(kItems);
  }

  std::mt19937 random_;
};

}  // namespace

TEST_CASE("the automaton finds what PCRE2 finds, whatever the pattern") {
  RandomPattern random(7);
  int programs = 0, limits = 0;
  for (int i = 0; i < 1500; ++i) {
    const std::string pattern = random.choice(2);
    if (!has_program(pattern)) continue;
    ++programs;
    const auto unmatched = i % 2 == 0 ? Unmatched::kDropped : Unmatched::kPiece;
    const auto slow = make_regex_splitter(pattern, unmatched, RegexEngine::kPcre2);
    const auto fast = make_regex_splitter(pattern, unmatched);
    for (int k = 0; k < 10; ++k) {
      const std::string text = random.text();
      CAPTURE(pattern);
      CAPTURE(text);
      const auto found = ends_of(*fast, text);
      try {
        const auto expected = ends_of(*slow, text);
        REQUIRE(found == expected);
      } catch (const Error&) {
        ++limits;  // PCRE2 has gone back too often
      }
    }
  }
  CHECK(programs > 700);
  CHECK(limits < 100);
}

TEST_CASE("a splitter that says so has a border at every place between words") {
  RandomPattern random(11);
  int cutting = 0;
  const auto check = [&](const std::string& pattern) {
    const auto splitter = make_regex_splitter(pattern, Unmatched::kDropped);
    if (!splitter->cuts_before_space()) return;
    ++cutting;
    for (int k = 0; k < 20; ++k) {
      const std::string before = random.text() + (k % 2 == 0 ? "a" : "1");
      const std::string behind = (k % 4 == 3   ? "b"
                                  : k % 4 == 2 ? "\n"
                                  : k % 2 == 1 ? " "
                                               : "7") +
                                 random.text();
      auto both = ends_of(*splitter, before);
      for (const std::uint32_t end : ends_of(*splitter, behind))
        both.push_back(end + static_cast<std::uint32_t>(before.size()));
      CAPTURE(pattern);
      CAPTURE(before);
      CAPTURE(behind);
      REQUIRE(ends_of(*splitter, before + behind) == both);
    }
  };
  for (int i = 0; i < 1500; ++i) check(random.choice(2));
  for (int i = 0; i < 300; ++i)
    check(random.choice(1) +
          R"(|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,2}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s+(?!\S)|\s+)");
  CHECK(cutting > 30);
  CHECK(make_regex_splitter(std::string(pattern_named("cl100k")), Unmatched::kDropped)
            ->cuts_before_space());
  CHECK(make_regex_splitter(std::string(pattern_named("o200k")), Unmatched::kDropped)
            ->cuts_before_space());
  CHECK_FALSE(
      make_regex_splitter(R"([\p{L}\p{N}]+|\s+)", Unmatched::kDropped)->cuts_before_space());
  CHECK_FALSE(make_regex_splitter(R"(\p{L}+(?!\s)|\p{L}|\p{N}|\s)", Unmatched::kDropped)
                  ->cuts_before_space());
  CHECK_FALSE(make_regex_splitter(R"(\p{L}+|\p{N}+)", Unmatched::kDropped)->cuts_before_space());
}

TEST_CASE("what takes more than a look at the next character has no program") {
  for (const char* pattern :
       {"(?=ab)c", "(?<=a)b", "(?>ab|a)c", "(?:a|b)++", "(?:a?)*", "a{1000}", "^a", R"(\Aa)", "a**",
        "a{,3}", "[[:alpha:]]", "(?s:.)", "a(?i)b", "(", ")", "a|*", "[a"}) {
    CAPTURE(pattern);
    CHECK_FALSE(has_program(pattern));
  }
  CHECK(has_program("(?i)a|b"));
  CHECK(has_program("a)b") == false);
}

TEST_CASE("an automaton of more states than it keeps gives the same pieces") {
  // Each of the last ten characters counts: 2^10 states.
  const std::string pattern = "(?:a|b)*a(?:a|b){10}|a|b";
  const auto slow = make_regex_splitter(pattern, Unmatched::kDropped, RegexEngine::kPcre2);
  const auto fast = make_regex_splitter(pattern, Unmatched::kDropped);
  std::mt19937 random(5);
  for (int i = 0; i < 20; ++i) {
    std::string text;
    for (int n = 0; n < 400; ++n) text += random() % 2 == 0 ? 'a' : 'b';
    REQUIRE(ends_of(*fast, text) == ends_of(*slow, text));
  }
}

TEST_CASE("a pattern with more kinds of characters than the table began with") {
  std::string pattern = "x", text;
  for (char c = '0'; c <= 'W'; ++c) {
    if (c == '?') continue;
    pattern += std::string("|[") + c + "-W]x";
    text += std::string(1, c) + "x!" + c;
  }
  const auto slow = make_regex_splitter(pattern, Unmatched::kPiece, RegexEngine::kPcre2);
  const auto fast = make_regex_splitter(pattern, Unmatched::kPiece);
  CHECK(ends_of(*fast, text) == ends_of(*slow, text));
}
