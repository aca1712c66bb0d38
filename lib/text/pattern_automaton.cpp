#include "lib/text/pattern_automaton.h"

#include <algorithm>
#include <utility>

#include "lib/text/split_classes.h"

namespace dsprep {

using Kind = PatternProgram::Kind;

PatternAutomaton::PatternAutomaton(const PatternProgram& program, const PatternItems& items)
    : program_(program), items_(items), pages_(0x110000 / kPage), items_of_(1, 0) {
  for (char32_t c = 0; c < 128; ++c) ascii_[c] = classify(c);
  forget_states();
}

std::size_t PatternAutomaton::match(std::string_view text, std::size_t begin) {
  std::size_t end = kNoMatch;
  State state = start_;
  for (std::size_t at = begin;;) {
    Symbol symbol = kEnd;
    std::size_t length = 0;
    if (at < text.size()) {
      const auto byte = static_cast<unsigned char>(text[at]);
      if (byte < 0x80) [[likely]] {
        symbol = ascii_[byte];
        length = 1;
      } else {
        const Character c =
            decode_character(reinterpret_cast<const unsigned char*>(text.data()) + at);
        symbol = symbol_of(c.point);
        length = c.length;
      }
    }
    std::uint32_t entry = table_[std::size_t{state} << width_ | symbol];
    if (entry == kUnknown) [[unlikely]]
      entry = enter(state, symbol);
    if ((entry & 1) != 0) end = at;
    state = entry >> 1;
    if (state == kDead) {
      beyond_ += at - (end == kNoMatch ? begin : end);
      return end;
    }
    at += length;
  }
}

void PatternAutomaton::forget_states() {
  numbers_.clear();
  states_.clear();
  table_.clear();
  (void)state_of({});
  Steps steps;
  seen_next_.assign(program_.steps().size(), false);
  add(program_.start(), steps, seen_next_);
  start_ = state_of(std::move(steps));
}

PatternAutomaton::State PatternAutomaton::state_of(Steps steps) {
  const auto [place, is_new] =
      numbers_.try_emplace(std::move(steps), static_cast<State>(states_.size()));
  if (is_new) {
    states_.push_back(&place->first);
    table_.resize(states_.size() << width_, kUnknown);
  }
  return place->second;
}

// The entry behind a character.
std::uint32_t PatternAutomaton::enter(State state, Symbol symbol) {
  Steps next;
  bool matched = false;
  seen_here_.assign(program_.steps().size(), false);
  seen_next_.assign(program_.steps().size(), false);
  for (const std::uint32_t step : *states_[state])
    if ((matched = follow(step, symbol, next))) break;  // a match is preferred to all behind it
  const bool full = states_.size() >= kMostStates && !numbers_.contains(next);
  if (full) forget_states();
  const std::uint32_t entry = state_of(std::move(next)) << 1 | (matched ? 1U : 0U);
  if (!full) table_[std::size_t{state} << width_ | symbol] = entry;
  return entry;
}

// What comes of a step before `symbol`, added to `next`; true where a match ends here.
bool PatternAutomaton::follow(std::uint32_t first, Symbol symbol, Steps& next) {
  StepWalk walk(first, seen_here_);
  while (const auto number = walk.next()) {
    const PatternProgram::Step& step = program_.steps()[*number];
    const PatternProgram::Items items = items_of_[symbol];
    if (step.kind == Kind::kMatch) return true;
    if (step.kind == Kind::kItem) {
      if ((items >> step.item & 1) != 0) add(step.next, next, seen_next_);
    } else if (step.kind == Kind::kFork) {
      walk.add(step.other);
      walk.add(step.next);
    } else if (PatternProgram::passes(step, items, symbol == kEnd)) {
      walk.add(step.next);
    }
  }
  return false;
}

// The steps that `step` comes to without a look at the next character.
void PatternAutomaton::add(std::uint32_t step, Steps& to, std::vector<bool>& seen) const {
  StepWalk walk(step, seen);
  while (const auto number = walk.next()) {
    const PatternProgram::Step& at = program_.steps()[*number];
    if (at.kind == Kind::kFork) {
      walk.add(at.other);
      walk.add(at.next);
    } else {
      to.push_back(*number);
    }
  }
}

PatternAutomaton::Symbol PatternAutomaton::symbol_of(char32_t character) {
  std::unique_ptr<Page>& page = pages_[character / kPage];
  if (page == nullptr) {
    page = std::make_unique<Page>();
    page->fill(kUnknown);
  }
  Symbol& symbol = (*page)[character % kPage];
  if (symbol == kUnknown) symbol = classify(character);
  return symbol;
}

PatternAutomaton::Symbol PatternAutomaton::classify(char32_t character) {
  const PatternProgram::Items items = items_.of(character);
  const auto [place, is_new] = symbols_.try_emplace(items, static_cast<Symbol>(items_of_.size()));
  if (is_new) items_of_.push_back(items);
  if (items_of_.size() > std::size_t{1} << width_) widen();
  return place->second;
}

// Rows of twice the width.
void PatternAutomaton::widen() {
  std::vector<std::uint32_t> wide(2 * table_.size(), kUnknown);
  for (std::size_t i = 0; i < table_.size(); ++i)
    wide[i >> width_ << (width_ + 1) | (i & ((std::size_t{1} << width_) - 1))] = table_[i];
  table_ = std::move(wide);
  ++width_;
}

}  // namespace dsprep
