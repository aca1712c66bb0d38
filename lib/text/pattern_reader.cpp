// Reads a pattern into a PatternProgram. Where it is not sure of a form it gives up.
#include <algorithm>
#include <charconv>
#include <utility>

#include "lib/text/pattern_program.h"
#include "lib/text/unicode/utf8_cursor.h"

namespace dsprep {
namespace {

using Kind = PatternProgram::Kind;

constexpr std::uint32_t kNoLimit = ~0U;
constexpr std::uint32_t kMostRepeats = 64;
constexpr std::size_t kMostItems = 64, kMostSteps = 2000, kMostDepth = 32;

/// A part of a pattern.
struct Part {
  enum class Form : std::uint8_t { kItem, kLook, kSequence, kChoice, kRepeat };
  Form form = Form::kSequence;
  Kind look = Kind::kLook;
  std::uint32_t item = 0;
  std::uint32_t least = 0, most = 0;
  enum class Greed : std::uint8_t { kGreedy, kLazy, kPossessive } greed = Greed::kGreedy;
  std::vector<Part> parts = {};

  bool may_be_empty() const {
    switch (form) {
      case Form::kItem:
        return false;
      case Form::kLook:
        return true;
      case Form::kSequence:
        return std::ranges::all_of(parts, [](const Part& p) { return p.may_be_empty(); });
      case Form::kChoice:
        return std::ranges::any_of(parts, [](const Part& p) { return p.may_be_empty(); });
      case Form::kRepeat:
        break;
    }
    return least == 0;
  }
};

}  // namespace

class PatternReader {
 public:
  explicit PatternReader(std::string_view pattern) : pattern_(pattern) {}

  std::optional<PatternProgram> read() {
    if (pattern_.starts_with("(?i)")) {
      any_case_ = true;
      at_ = 4;
    }
    const Part whole = choice(0);
    if (at_ != pattern_.size()) failed_ = true;
    if (failed_) return std::nullopt;
    const std::uint32_t match = add({.kind = Kind::kMatch});
    program_.start_ = compile(whole, match);
    if (failed_) return std::nullopt;
    return std::move(program_);
  }

 private:
  using Step = PatternProgram::Step;

  // ---- reading

  bool more() const { return !failed_ && at_ < pattern_.size(); }
  bool next_is(std::string_view text) const { return pattern_.substr(at_).starts_with(text); }
  bool take(std::string_view text) {
    if (!next_is(text)) return false;
    at_ += text.size();
    return true;
  }

  Part choice(std::size_t depth) {
    Part choice{.form = Part::Form::kChoice};
    if (depth > kMostDepth) failed_ = true;
    do choice.parts.push_back(sequence(depth));
    while (more() && take("|"));
    return choice;
  }

  Part sequence(std::size_t depth) {
    Part sequence{.form = Part::Form::kSequence};
    while (more() && !next_is("|") && !next_is(")")) sequence.parts.push_back(repeated(depth));
    return sequence;
  }

  Part repeated(std::size_t depth) {
    Part inner = atom(depth);
    Part repeat{.form = Part::Form::kRepeat, .least = 1, .most = 1};
    if (!more() || !quantifier(repeat)) return inner;
    if (take("?")) {
      repeat.greed = Part::Greed::kLazy;
    } else if (take("+")) {
      repeat.greed = Part::Greed::kPossessive;
    }
    const bool possessive = repeat.greed == Part::Greed::kPossessive;
    if (inner.may_be_empty() || (possessive && inner.form != Part::Form::kItem) || next_is("*") ||
        next_is("?") || next_is("+") || next_is("{"))
      failed_ = true;
    repeat.parts.push_back(std::move(inner));
    return repeat;
  }

  bool quantifier(Part& repeat) {
    if (take("*")) {
      repeat.least = 0;
      repeat.most = kNoLimit;
    } else if (take("+")) {
      repeat.most = kNoLimit;
    } else if (take("?")) {
      repeat.least = 0;
    } else if (next_is("{")) {
      counts(repeat);
    } else {
      return false;
    }
    return true;
  }

  // {n}, {n,} or {n,m}
  void counts(Part& repeat) {
    ++at_;
    if (!number(repeat.least)) failed_ = true;
    repeat.most = repeat.least;
    if (take(",") && !number(repeat.most)) repeat.most = kNoLimit;
    const bool in_order = repeat.least <= repeat.most && repeat.most > 0;
    if (!take("}") || !in_order) failed_ = true;
  }

  bool number(std::uint32_t& value) {
    const char* const begin = pattern_.data() + at_;
    const auto [end, error] = std::from_chars(begin, pattern_.data() + pattern_.size(), value);
    if (error != std::errc()) return false;
    at_ += static_cast<std::size_t>(end - begin);
    if (value > kMostRepeats) failed_ = true;
    return true;
  }

  Part atom(std::size_t depth) {
    if (take("$")) return {.form = Part::Form::kLook, .look = Kind::kLookEnd};
    if (take("(?=")) return look(Kind::kLook);
    if (take("(?!")) return look(Kind::kLookNot);
    const std::size_t begin = at_;
    if (set_of_classes()) return item_since(begin);
    return next_is("(") ? group(depth) : one_item();
  }

  Part look(Kind kind) {
    Part look = one_item();
    look.form = Part::Form::kLook;
    look.look = kind;
    if (!take(")")) failed_ = true;
    return look;
  }

  Part group(std::size_t depth) {
    const bool before = any_case_;
    if (take("(?i:")) {
      any_case_ = true;
    } else if (!take("(?:") && (next_is("(?") || next_is("(*") || !take("("))) {
      failed_ = true;
    }
    Part inner = choice(depth + 1);
    if (!take(")")) failed_ = true;
    any_case_ = before;
    return inner;
  }

  // "(?:(?=[…])(?![…])[…])": a character that passes the looks, too. False, and nothing is taken,
  // where it is not that.
  bool set_of_classes() {
    const std::size_t begin = at_;
    if (take("(?:") && (next_is("(?=[") || next_is("(?![")) && looks_at_classes()) {
      bracket();
      if (take(")")) return true;
    }
    at_ = begin;
    return false;
  }

  // False where no class follows.
  bool looks_at_classes() {
    while (!failed_ && (take("(?=") || take("(?!"))) {
      bracket();
      if (!take(")") || !(next_is("[") || next_is("(?"))) return false;
    }
    return true;
  }

  // One character, an escape, a class, or a set of classes.
  Part one_item() {
    const std::size_t begin = at_;
    if (set_of_classes()) return item_since(begin);
    if (!more() || std::string_view("*+?{|)^$(").find(pattern_[at_]) != std::string_view::npos) {
      failed_ = true;
      return {};
    }
    if (next_is("\\")) {
      escape();
    } else if (next_is("[")) {
      bracket();
    } else {
      at_ += code_point_at(pattern_, at_).length;
    }
    return item_since(begin);
  }

  Part item_since(std::size_t begin) {
    const std::string text(pattern_.substr(begin, at_ - begin));
    return {.form = Part::Form::kItem, .item = item(any_case_ ? "(?i:" + text + ")" : text)};
  }

  void escape() {
    const char c = at_ + 1 < pattern_.size() ? pattern_[at_ + 1] : 'A';
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    const bool digit = c >= '0' && c <= '9';
    at_ += 2;
    if (c == 'p' || c == 'P') {
      const std::size_t end = pattern_.find('}', at_);
      if (!next_is("{") || end == std::string_view::npos) failed_ = true;
      if (!failed_) at_ = end + 1;
    } else if ((letter && std::string_view("sSdDwWrntf").find(c) == std::string_view::npos) ||
               digit || static_cast<unsigned char>(c) >= 0x80) {
      failed_ = true;
    }
  }

  void bracket() {
    ++at_;
    (void)take("^");
    if (next_is("]")) failed_ = true;
    while (more() && !next_is("]")) {
      if (next_is("[")) failed_ = true;
      if (next_is("\\")) {
        escape();
      } else {
        ++at_;
      }
    }
    if (!take("]")) failed_ = true;
  }

  std::uint32_t item(std::string text) {
    auto& items = program_.items_;
    const auto found = std::ranges::find(items, text);
    const auto number = static_cast<std::uint32_t>(found - items.begin());
    if (found == items.end()) items.push_back(std::move(text));
    if (items.size() > kMostItems) failed_ = true;
    return number;
  }

  // ---- compiling: each part before what follows it

  std::uint32_t add(const Step& step) {
    if (program_.steps_.size() == kMostSteps) failed_ = true;
    if (!failed_) program_.steps_.push_back(step);
    return static_cast<std::uint32_t>(program_.steps_.size() - 1);
  }

  std::uint32_t compile(const Part& part, std::uint32_t next) {
    if (failed_) return next;
    switch (part.form) {
      case Part::Form::kItem:
        return add({.kind = Kind::kItem, .item = part.item, .next = next});
      case Part::Form::kLook:
        return add({.kind = part.look, .item = part.item, .next = next});
      case Part::Form::kRepeat:
        return compile_repeat(part, next);
      case Part::Form::kChoice:
        return compile_choice(part, next);
      case Part::Form::kSequence:
        break;
    }
    for (std::size_t i = part.parts.size(); i-- > 0;) next = compile(part.parts[i], next);
    return next;
  }

  std::uint32_t compile_choice(const Part& part, std::uint32_t next) {
    std::uint32_t start = compile(part.parts.back(), next);
    for (std::size_t i = part.parts.size() - 1; i-- > 0;) {
      const std::uint32_t first = compile(part.parts[i], next);
      start = add({.kind = Kind::kFork, .next = first, .other = start});
    }
    return start;
  }

  // What takes all it can and gives nothing back goes on where the next character is none of it.
  std::uint32_t compile_repeat(const Part& part, std::uint32_t next) {
    const Part& inner = part.parts[0];
    const bool possessive = part.greed == Part::Greed::kPossessive;
    const bool varies = part.least != part.most;
    const std::uint32_t leave =
        possessive && varies ? add({.kind = Kind::kLeave, .item = inner.item, .next = next}) : next;
    std::uint32_t start = next;
    if (part.most == kNoLimit) {
      start = add({.kind = Kind::kFork});
      if (failed_) return next;
      set_fork(start, compile(inner, start), leave, part.greed);
    } else {
      for (std::uint32_t i = part.least; i < part.most && !failed_; ++i) {
        const std::uint32_t fork = add({.kind = Kind::kFork});
        if (!failed_) set_fork(fork, compile(inner, start), leave, part.greed);
        start = fork;
      }
    }
    for (std::uint32_t i = 0; i < part.least; ++i) start = compile(inner, start);
    return start;
  }

  void set_fork(std::uint32_t fork, std::uint32_t again, std::uint32_t leave, Part::Greed greed) {
    if (failed_) return;
    Step& step = program_.steps_[fork];
    step.next = greed == Part::Greed::kLazy ? leave : again;
    step.other = greed == Part::Greed::kLazy ? again : leave;
  }

  std::string_view pattern_;
  std::size_t at_ = 0;
  bool any_case_ = false;
  bool failed_ = false;
  PatternProgram program_;
};

std::optional<PatternProgram> PatternProgram::read(std::string_view pattern) {
  return PatternReader(pattern).read();
}

}  // namespace dsprep
