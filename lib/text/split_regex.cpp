// Any pattern: those that can be followed without going back by an automaton, the others through
// PCRE2 with its compiler to machine code.
#include <set>
#include <string>

#include "dsprep/error.h"
#include "lib/text/hf/stand_ins.h"
#include "lib/text/pattern_automaton.h"
#include "lib/text/pattern_dialect.h"
#include "lib/text/pcre2.h"
#include "lib/text/split.h"
#include "lib/text/unicode/utf8_cursor.h"

namespace dsprep {
namespace {

constexpr std::size_t kStackStart = 32 * 1024, kStackMost = 64 * 1024 * 1024;

struct RegexState final : SplitState {
  explicit RegexState(const pcre2_code* code)
      : match(pcre2_match_data_create_from_pattern(code, nullptr)),
        context(pcre2_match_context_create(nullptr)),
        stack(pcre2_jit_stack_create(kStackStart, kStackMost, nullptr)) {
    if (match == nullptr || context == nullptr) throw std::bad_alloc();
    if (stack != nullptr) pcre2_jit_stack_assign(context.get(), nullptr, stack.get());
  }
  std::string buffer;
  std::string_view text;  // as the expression must see it
  pcre2::Owned<pcre2_match_data> match;
  pcre2::Owned<pcre2_match_context> context;
  pcre2::Owned<pcre2_jit_stack> stack;
};

// Goes back where it must.
class RegexSplitter final : public Splitter {
 public:
  RegexSplitter(std::string_view pattern, Unmatched unmatched)
      : code_(pcre2::compile(pattern)),
        gap_mark_(unmatched == Unmatched::kDropped ? PieceEnds::kDropped : 0) {
    // Machine code is called without checks of its arguments; without it the interpreter works.
    if (pcre2_jit_compile(code_.get(), PCRE2_JIT_COMPLETE) == 0) match_ = pcre2_jit_match;
  }

  std::unique_ptr<SplitState> make_state() const override {
    return std::make_unique<RegexState>(code_.get());
  }
  bool cuts_before_space() const noexcept override { return false; }

  void split(std::string_view text, std::size_t& position, PieceEnds& ends,
             SplitState* state) const override {
    auto& regex = static_cast<RegexState&>(*state);
    if (position == 0) regex.text = hf::with_stand_ins(text, regex.buffer);
    const std::string_view seen = regex.text;
    const std::size_t stop = text.size() - position > kStride ? position + kStride : text.size();
    std::size_t from = position;
    while (position < stop) {
      // Behind the text's last character an empty match has nothing to look at any more.
      const int found =
          from > text.size()
              ? PCRE2_ERROR_NOMATCH
              : match_(code_.get(), reinterpret_cast<PCRE2_SPTR>(seen.data()), text.size(), from,
                       PCRE2_NO_UTF_CHECK, regex.match.get(), regex.context.get());
      if (found == PCRE2_ERROR_NOMATCH) {
        ends.push(static_cast<std::uint32_t>(text.size()) | gap_mark_);
        position = text.size();
        return;
      }
      // Limits of the engine: never a wrong or a cut result.
      if (found < 0)
        pcre2::refuse(found, "the pattern cannot be matched at " + std::to_string(from));
      const PCRE2_SIZE* const range = pcre2_get_ovector_pointer(regex.match.get());
      const std::size_t begin = range[0], end = range[1];
      if (end <= begin) {  // an empty match cuts nothing: look on behind the next character
        from = begin + 1;
        while (from < text.size() && (static_cast<unsigned char>(text[from]) & 0xC0) == 0x80)
          ++from;
        continue;
      }
      if (begin > position) ends.push(static_cast<std::uint32_t>(begin) | gap_mark_);
      ends.push(static_cast<std::uint32_t>(end));
      position = from = end;
    }
  }

 private:
  pcre2::Owned<pcre2_code> code_;
  decltype(&pcre2_match) match_ = pcre2_match;
  std::uint32_t gap_mark_;
};

// True where letters and digits of ASCII end their piece before white space, and before each other.
bool cuts_at_words(const PatternProgram& program, const PatternItems& items) {
  using Sets = std::set<PatternProgram::Items>;
  Sets letters, digits, spaces;
  for (char32_t c = '\t'; c <= 'z'; ++c) {
    const bool letter = (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
    const bool digit = c >= '0' && c <= '9';
    const bool space = c == ' ' || c <= '\r';
    if (letter) letters.insert(items.of(c));
    if (digit) digits.insert(items.of(c));
    if (space) spaces.insert(items.of(c));
  }
  const auto apart = [&](const Sets& before, const Sets& behind) {
    for (const auto a : before)
      for (const auto b : behind)
        if (!program.always_ends(a, b)) return false;
    return true;
  };
  return apart(letters, digits) && apart(letters, spaces) && apart(digits, letters) &&
         apart(digits, spaces);
}

// Never goes back.
class AutomatonSplitter final : public Splitter {
 public:
  AutomatonSplitter(PatternProgram program, Unmatched unmatched)
      : program_(std::move(program)),
        items_(program_.items()),
        cuts_before_space_(cuts_at_words(program_, items_)),
        gap_mark_(unmatched == Unmatched::kDropped ? PieceEnds::kDropped : 0) {}

  std::unique_ptr<SplitState> make_state() const override {
    return std::make_unique<State>(program_, items_);
  }
  bool cuts_before_space() const noexcept override { return cuts_before_space_; }

  void split(std::string_view text, std::size_t& position, PieceEnds& ends,
             SplitState* state) const override {
    PatternAutomaton& automaton = static_cast<State&>(*state).automaton;
    const std::size_t stop = text.size() - position > kStride ? position + kStride : text.size();
    const std::uint64_t most = automaton.looked_beyond() + kMostBeyond;
    std::size_t from = position;
    while (position < stop) {
      const std::size_t end = automaton.match(text, from);
      if (automaton.looked_beyond() > most) refuse_far_look(from);
      if (end == PatternAutomaton::kNoMatch || end == from) {  // an empty match cuts nothing
        from += utf8_length(text[from]);
        if (from < text.size()) continue;
        ends.push(static_cast<std::uint32_t>(text.size()) | gap_mark_);
        position = text.size();
        return;
      }
      if (from > position) ends.push(static_cast<std::uint32_t>(from) | gap_mark_);
      ends.push(static_cast<std::uint32_t>(end));
      position = from = end;
    }
  }

 private:
  struct State final : SplitState {
    State(const PatternProgram& program, const PatternItems& items) : automaton(program, items) {}
    PatternAutomaton automaton;
  };

  // A pattern that looks at all of a long run for each of its pieces takes time with the square.
  [[noreturn]] static void refuse_far_look(std::size_t at) {
    throw Error(ErrorCode::kUsage,
                "the pattern cannot be matched at " + std::to_string(at) +
                    ": it looks at all that follows, again and again",
                {}, "cut the text, or take a pattern whose pieces end where their run does");
  }
  static constexpr std::uint64_t kMostBeyond = 256 << 20;  // for kStride bytes of pieces: a second

  PatternProgram program_;
  PatternItems items_;
  bool cuts_before_space_;
  std::uint32_t gap_mark_;
};

}  // namespace

std::unique_ptr<Splitter> make_regex_splitter(std::string_view pattern, Unmatched unmatched,
                                              RegexEngine engine) {
  const std::string known = pattern_for_pcre2(pattern, PatternEngine::kFancyRegex);
  auto any = std::make_unique<RegexSplitter>(known, unmatched);
  if (engine == RegexEngine::kPcre2) return any;
  auto program = PatternProgram::read(known);
  if (!program) return any;
  return std::make_unique<AutomatonSplitter>(std::move(*program), unmatched);
}

std::unique_ptr<Splitter> hugging_face_splitter(std::string_view pattern, Unmatched unmatched) {
  try {
    auto program =
        PatternProgram::read(pattern_for_pcre2(pattern, PatternEngine::kOniguruma));
    if (!program || program->may_be_empty()) return nullptr;
    return std::make_unique<AutomatonSplitter>(std::move(*program), unmatched);
  } catch (const Error&) {
    return nullptr;  // what is wrong with it is for others to say
  }
}

}  // namespace dsprep
