#include "lib/text/pattern_dialect.h"

#include <algorithm>
#include <cctype>
#include <charconv>

#include "dsprep/error.h"
#include "lib/text/hf/stand_ins.h"
#include "lib/text/unicode/utf8_cursor.h"

namespace dsprep {
namespace {

class Translation {
 public:
  Translation(std::string_view pattern, PatternEngine engine)
      : pattern_(pattern), is_oniguruma_(engine == PatternEngine::kOniguruma) {}

  std::string run() {
    std::string out;
    while (at_ < pattern_.size()) {
      const char c = pattern_[at_];
      if (c == '[') {
        out += char_class();
        continue;
      }
      if (c == '(') {
        out += group();
        continue;
      }
      if (is_oniguruma_ && (c == '^' || c == '$')) refuse_part(1);  // at every line there
      out += one();
    }
    return out;
  }

 private:
  bool next_is(std::string_view text) const { return pattern_.substr(at_).starts_with(text); }
  [[noreturn]] void refuse_part(std::size_t length) const {
    throw Error(ErrorCode::kUnsupportedFormat,
                "a pattern with '" + std::string(pattern_.substr(at_, length)) + "'", {},
                "ids would not be exact with it");
  }

  // An escape, or a character.
  std::string one() {
    if (pattern_[at_] == '\\') return escape();
    const std::size_t length = std::max<std::size_t>(1, code_point_at(pattern_, at_).length);
    check_seen(pattern_.substr(at_, length), length);
    return take(length);
  }

  // A character that has a stand-in is never seen itself. It stands in `length` bytes from here on.
  void check_seen(std::string_view character, std::size_t length) const {
    std::string buffer;
    if (hf::with_stand_ins(character, buffer) != character) refuse_part(length);
  }

  std::string escape() {
    const char next = at_ + 1 < pattern_.size() ? pattern_[at_ + 1] : '\0';
    if (next == 'p' || next == 'P') return category(next);
    if (!is_oniguruma_ && std::string_view("wWbB").find(next) != std::string_view::npos)
      return word_escape(next);
    if (!is_oniguruma_ && std::string_view("xuU").find(next) != std::string_view::npos)
      return character();
    const bool letter = (next >= 'a' && next <= 'z') || (next >= 'A' && next <= 'Z');
    if (letter && std::string_view("sSdDrntfAz").find(next) == std::string_view::npos)
      refuse_part(2);
    if (next >= '0' && next <= '9') refuse_part(2);
    return take(2);
  }

  std::string take(std::size_t length) {
    const std::string_view text = pattern_.substr(at_, length);
    at_ += text.size();
    return std::string(text);
  }

  // What fancy-regex takes for a part of a word (Unicode's UTS 18): PCRE2 takes less.
  std::string word_escape(char kind) {
    static const std::string kMembers =
        "\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\xE2\x80\x8C\xE2\x80\x8D";  // and what joins
    static const std::string kWord = "[" + kMembers + "]";
    if (in_class_ && kind != 'w') refuse_part(2);
    at_ += 2;
    if (in_class_) return kMembers;
    if (kind == 'w') return kWord;
    if (kind == 'W') return "[^" + kMembers + "]";
    const bool border = kind == 'b';
    return "(?:(?<=" + kWord + (border ? ")(?!" : ")(?=") + kWord + ")|(?<!" + kWord +
           (border ? ")(?=" : ")(?!") + kWord + "))";
  }

  // \x7F, \u007F, \U0000007F, or any of them with braces: the character itself.
  std::string character() {
    const char kind = pattern_[at_ + 1];
    std::string_view digits = pattern_.substr(at_ + 2, kind == 'x' ? 2 : kind == 'u' ? 4 : 8);
    std::size_t length = 2 + digits.size();
    if (digits.starts_with('{')) {
      digits = pattern_.substr(at_ + 3, pattern_.find('}', at_) - at_ - 3);
      length = 4 + digits.size();
    }
    std::uint32_t value = 0;
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
    if (error != std::errc() || end != digits.data() + digits.size() || value > 0x10FFFF ||
        (value >= 0xD800 && value < 0xE000))
      refuse_part(length);
    std::string out(value < 0x80 && std::isalnum(static_cast<int>(value)) == 0 ? "\\" : "");
    append_utf8(out, static_cast<char32_t>(value));
    check_seen(out, length);
    at_ += length;
    return out;
  }

  // Han is the one script whose new characters have stand-ins of the script.
  std::string category(char kind) {
    constexpr std::string_view kCategories =
        " L Lu Ll Lt Lm Lo M Mn Mc Me N Nd Nl No P Pc Pd Ps Pe Pi Pf Po S Sm Sc Sk So Z Zs Zl Zp "
        "Cc ";
    const bool braces = pattern_.substr(at_ + 2, 1) == "{";
    const std::size_t end = braces ? pattern_.find('}', at_) : at_ + 2;
    if (end >= pattern_.size() || (is_oniguruma_ && !braces)) refuse_part(3);
    const std::string name(braces ? pattern_.substr(at_ + 3, end - at_ - 3)
                                  : pattern_.substr(at_ + 2, 1));
    const bool script = name == "Han" && !is_oniguruma_;
    if (!script && kCategories.find(" " + name + " ") == std::string_view::npos)
      refuse_part(end - at_ + 1);
    at_ = end + 1;
    return std::string("\\") + kind + (script ? "{sc:" : "{") + name + "}";
  }

  // What stands in a class up to its end, or up to what makes a set of it.
  std::string members() {
    in_class_ = true;
    std::string out;
    while (at_ < pattern_.size() && !next_is("]") && !next_is("&&") && !next_is("--")) {
      if (next_is("[") || next_is("~~")) refuse_part(2);
      out += one();
    }
    in_class_ = false;
    return out;
  }

  // Without sets in it.
  std::string plain_class() {
    ++at_;
    std::string out = "[";
    if (next_is("^")) out += one();
    if (next_is("]")) refuse_part(2);
    out += members();
    if (!next_is("]")) refuse_part(2);
    return out += one();
  }

  std::string char_class() {
    if (is_oniguruma_) return plain_class();
    const std::size_t begin = at_++;
    const bool inverse = next_is("^");
    std::string first = "[" + (inverse ? one() : std::string());
    if (next_is("]")) refuse_part(2);
    first += members();
    std::string looks;
    while (next_is("&&") || next_is("--")) {
      if (inverse || first.size() == 1) refuse_part(2);
      looks += next_is("&&") ? "(?=" : "(?!";
      at_ += 2;
      const bool nested = next_is("[");
      const std::string other = nested ? plain_class() : members();
      if (other.empty()) refuse_part(2);
      looks += (nested ? other : "[" + other + "]") + ")";
      if (!next_is("]") && !next_is("&&") && !next_is("--")) refuse_part(2);
    }
    if (at_ == pattern_.size()) at_ = begin, refuse_part(1);
    ++at_;
    return looks.empty() ? first + "]" : "(?:" + looks + first + "])";
  }

  // Groups that both read alike: plain, (?:, look around, (?> and flags of i and s. What a group is
  // named does not matter here.
  std::string group() {
    if (pattern_.substr(at_ + 1, 1) == "*") refuse_part(2);
    if (pattern_.substr(at_ + 1, 1) != "?") return take(1);
    for (const char* known :
         {"(?:", "(?=", "(?!", "(?<=", "(?<!", "(?>", "(?i:", "(?s:", "(?i)", "(?s)"})
      if (next_is(known) && !(is_oniguruma_ && known[2] == 's')) return take(1);
    const std::size_t end = pattern_.find('>', at_);
    if (is_oniguruma_ || !(next_is("(?<") || next_is("(?P<")) || end == std::string_view::npos)
      refuse_part(4);
    at_ = end + 1;
    return "(?:";
  }

  std::string_view pattern_;
  bool is_oniguruma_;
  bool in_class_ = false;
  std::size_t at_ = 0;
};

}  // namespace

std::string pattern_for_pcre2(std::string_view pattern, PatternEngine engine) {
  return Translation(pattern, engine).run();
}

}  // namespace dsprep
