#include "lib/text/hf/matcher.h"

#include <algorithm>
#include <string>

#include "lib/text/hf/json_parts.h"
#include "lib/text/hf/stand_ins.h"
#include "lib/text/pcre2.h"

namespace dsprep::hf {
namespace {

class TextMatcher final : public Matcher {
 public:
  explicit TextMatcher(std::string wanted) : wanted_(std::move(wanted)) {}
  void each_match(std::string_view text,
                  const std::function<void(std::size_t, std::size_t)>& use) const override {
    for (std::size_t at = text.find(wanted_); at != std::string_view::npos;) {
      use(at, at + wanted_.size());
      at = text.find(wanted_, at + wanted_.size());
    }
  }

 private:
  std::string wanted_;
};

// \p{Name} or \P{Name} at `at`: general categories, and the one script whose new characters have
// stand-ins of the script.
void check_class(std::string_view at) {
  constexpr std::string_view kKnown =
      " L Lu Ll Lt Lm Lo M Mn Mc Me N Nd Nl No P Pc Pd Ps Pe Pi Pf Po S Sm Sc Sk So Z Zs Zl Zp C "
      "Cc "
      "Cf Co Cn Han ";
  const std::size_t end = at.find('}');
  std::string name = " ";
  if (at.substr(2, 1) == "{" && end != std::string_view::npos) {
    name += at.substr(3, end - 3);
    if (name.starts_with(" ^")) name.erase(1, 1);
  }
  name += ' ';
  if (kKnown.find(name) == std::string_view::npos)
    refuse("a regular expression with the class " + std::string(at.substr(0, end + 1)));
}

// Escapes that both dialects read alike; \h, for one, is a hexadecimal digit in Oniguruma.
void check_dialect(const std::string& pattern) {
  bool in_class = false;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    const char next = i + 1 < pattern.size() ? pattern[i + 1] : '\0';
    if (c == '\\') {
      const bool letter = (next >= 'a' && next <= 'z') || (next >= 'A' && next <= 'Z');
      if (letter && std::string_view("pPsSdDwWrntbBfvux").find(next) == std::string_view::npos)
        refuse(std::string("a regular expression with \\") + next);
      if (next == 'p' || next == 'P') check_class(std::string_view(pattern).substr(i));
      if (next >= '0' && next <= '9') refuse("a regular expression with a back reference");
      ++i;
    } else if (in_class && (c == '[' || (c == '&' && next == '&'))) {
      refuse("a regular expression with sets of classes");
    } else if (c == '[') {
      in_class = true;
      i += next == '^' ? 1U : 0U;
    } else if (c == ']') {
      in_class = false;
    } else if (c == '(' && next == '?') {
      const std::string_view rest = std::string_view(pattern).substr(i + 2);
      const bool known = rest.starts_with(':') || rest.starts_with('=') || rest.starts_with('!') ||
                         rest.starts_with("<=") || rest.starts_with("<!") ||
                         rest.starts_with('>') || rest.starts_with("i:") || rest.starts_with("i)");
      if (!known) refuse("a regular expression with a group that is not supported");
    }
  }
}

// The members of Oniguruma's \w: PCRE2's has no marks, and all numbers.
constexpr std::string_view kWord = R"(\p{Alphabetic}\p{M}\p{Nd}\p{Pc})";
// Outside of classes some of Latin-1 belong to it, too.
constexpr std::string_view kLatinWord = R"(\xb2\xb3\xb9\xbc-\xbe)";

// What an escape of Oniguruma is in PCRE2, where that is something else; else empty.
std::string escape_in_pcre2(std::string_view at, bool in_class) {
  const std::string word(kWord), alone = word + std::string(kLatinWord), one = "[" + alone + "]";
  const char c = at.size() > 1 ? at[1] : '\0';
  if (c == 'w') return in_class ? word : one;
  if (c == 'W' && in_class) refuse("a regular expression with \\W in a class");
  if (c == 'W') return "[^" + alone + "]";
  if (c == 'b' && !in_class)
    return "(?:(?<=" + one + ")(?!" + one + ")|(?<!" + one + ")(?=" + one + "))";
  if (c == 'B' && !in_class)
    return "(?:(?<=" + one + ")(?=" + one + ")|(?<!" + one + ")(?!" + one + "))";
  // A name of a script alone means to PCRE2 also what is used with it.
  if (at.starts_with(R"(\p{Han})")) return R"(\p{sc:Han})";
  if (at.starts_with(R"(\P{Han})") || at.starts_with(R"(\p{^Han})")) return R"(\P{sc:Han})";
  return "";
}

// A pattern of Oniguruma that has passed check_dialect().
std::string in_pcre2(std::string_view pattern) {
  std::string out;
  bool in_class = false;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    if (c == '\\') {
      const std::string other = escape_in_pcre2(pattern.substr(i), in_class);
      const bool named = pattern.substr(i + 2, 1) == "{";
      const std::size_t end =
          !other.empty() && named ? pattern.find('}', i) + 1 : std::min(i + 2, pattern.size());
      out += other.empty() ? pattern.substr(i, end - i) : other;
      i = end - 1;
      continue;
    }
    if (c == '[') in_class = true;
    if (c == ']') in_class = false;
    out += c;
  }
  return out;
}

class RegexMatcher final : public Matcher {
 public:
  explicit RegexMatcher(const std::string& pattern) {
    check_dialect(pattern);
    const std::string ours = in_pcre2(pattern);
    int error = 0;
    PCRE2_SIZE offset = 0;
    // Oniguruma's ^ and $ stand at every line.
    code_ = pcre2_compile(
        reinterpret_cast<PCRE2_SPTR>(ours.data()), ours.size(),
        PCRE2_UTF | PCRE2_UCP | PCRE2_MULTILINE | PCRE2_NO_UTF_CHECK | PCRE2_NEVER_BACKSLASH_C |
            pcre2::kNoGuess,
        &error, &offset, nullptr);
    if (code_ == nullptr) {
      throw Error(ErrorCode::kUnsupportedFormat,
                  "the regular expression '" + pattern + "' cannot be read", {.offset = offset});
    }
    pcre2_jit_compile(code_, PCRE2_JIT_COMPLETE);
  }
  ~RegexMatcher() override { pcre2_code_free(code_); }
  RegexMatcher(const RegexMatcher&) = delete;
  RegexMatcher& operator=(const RegexMatcher&) = delete;

  void each_match(std::string_view original,
                  const std::function<void(std::size_t, std::size_t)>& use) const override {
    std::string buffer;
    const std::string_view text = with_stand_ins(original, buffer);
    const std::unique_ptr<pcre2_match_data, void (*)(pcre2_match_data*)> data(
        pcre2_match_data_create_from_pattern(code_, nullptr), pcre2_match_data_free);
    std::size_t from = 0;
    std::size_t last_end = 0;
    bool any = false;
    while (from <= text.size()) {
      int rc = match(text, from, PCRE2_NO_UTF_CHECK, data.get());
      if (rc == PCRE2_ERROR_JIT_STACKLIMIT)
        rc = match(text, from, PCRE2_NO_UTF_CHECK | PCRE2_NO_JIT, data.get());
      if (rc == PCRE2_ERROR_NOMATCH) return;
      if (rc < 0) {
        throw Error(ErrorCode::kTooLarge,
                    "the tokenizer's regular expression gives up on this text (PCRE2 error " +
                        std::to_string(rc) + ")");
      }
      const PCRE2_SIZE* const place = pcre2_get_ovector_pointer(data.get());
      const std::size_t start = place[0], end = place[1];
      // An empty match directly behind the last one does not count.
      if (start != end || !any || start != last_end) {
        use(start, end);
        last_end = end;
        any = true;
      }
      from = start != end        ? end
             : end < text.size() ? end + code_point_at(text, end).length
                                 : end + 1;
    }
  }

 private:
  int match(std::string_view text, std::size_t from, std::uint32_t options,
            pcre2_match_data* data) const {
    return pcre2_match(code_, reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), from, options,
                       data, nullptr);
  }

  pcre2_code* code_ = nullptr;
};

}  // namespace

std::unique_ptr<Matcher> make_matcher(const nlohmann::json& pattern) {
  if (pattern.contains("String")) {
    auto wanted = pattern.at("String").get<std::string>();
    if (wanted.empty()) refuse("a split at the empty text");
    return std::make_unique<TextMatcher>(std::move(wanted));
  }
  return std::make_unique<RegexMatcher>(pattern.at("Regex").get<std::string>());
}

std::unique_ptr<Matcher> make_gpt2_matcher() {
  return std::make_unique<RegexMatcher>(
      R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)");
}

}  // namespace dsprep::hf
