#include "lib/text/pattern_dialect.h"

#include "dsprep/error.h"

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
      if (c == '(') check_group();
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

  // An escape, or a byte.
  std::string one() {
    if (pattern_[at_] == '\\') return escape();
    return std::string(1, pattern_[at_++]);
  }

  std::string escape() {
    const char next = at_ + 1 < pattern_.size() ? pattern_[at_ + 1] : '\0';
    const bool letter = (next >= 'a' && next <= 'z') || (next >= 'A' && next <= 'Z');
    if (letter && std::string_view("pPsSdDrntfxAz").find(next) == std::string_view::npos)
      refuse_part(2);
    if (next >= '0' && next <= '9') refuse_part(2);
    if (next == 'p' || next == 'P') return category(next);
    const std::string_view escape = pattern_.substr(at_, 2);
    at_ += escape.size();
    return std::string(escape);
  }

  // Han is the one script whose new characters have stand-ins of the script.
  std::string category(char kind) {
    constexpr std::string_view kCategories =
        " L Lu Ll Lt Lm Lo M Mn Mc Me N Nd Nl No P Pc Pd Ps Pe Pi Pf Po S Sm Sc Sk So Z Zs Zl Zp "
        "Cc ";
    const std::size_t end = pattern_.find('}', at_);
    if (pattern_.substr(at_ + 2, 1) != "{" || end == std::string_view::npos) refuse_part(3);
    const std::string name(pattern_.substr(at_ + 3, end - at_ - 3));
    const bool script = name == "Han" && !is_oniguruma_;
    if (!script && kCategories.find(" " + name + " ") == std::string_view::npos)
      refuse_part(end - at_ + 1);
    at_ = end + 1;
    return std::string("\\") + kind + (script ? "{sc:" : "{") + name + "}";
  }

  // What stands in a class up to its end, or up to what makes a set of it.
  std::string members() {
    std::string out;
    while (at_ < pattern_.size() && !next_is("]") && !next_is("&&") && !next_is("--")) {
      if (next_is("[") || next_is("~~")) refuse_part(2);
      out += one();
    }
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

  // Groups that both read alike: plain, (?:, look around, (?> and flags of i and s.
  void check_group() const {
    if (pattern_.substr(at_ + 1, 1) == "*") refuse_part(2);
    if (pattern_.substr(at_ + 1, 1) != "?") return;
    for (const char* known :
         {"(?:", "(?=", "(?!", "(?<=", "(?<!", "(?>", "(?i:", "(?s:", "(?i)", "(?s)"})
      if (next_is(known) && !(is_oniguruma_ && known[2] == 's')) return;
    refuse_part(4);
  }

  std::string_view pattern_;
  bool is_oniguruma_;
  std::size_t at_ = 0;
};

}  // namespace

std::string pattern_for_pcre2(std::string_view pattern, PatternEngine engine) {
  return Translation(pattern, engine).run();
}

}  // namespace dsprep
