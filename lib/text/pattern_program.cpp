#include "lib/text/pattern_program.h"

#include <algorithm>

namespace dsprep {

using Kind = PatternProgram::Kind;

bool PatternProgram::always_ends(Items before, Items behind) const {
  for (const Step& step : steps_) {
    const bool took = step.kind == Kind::kItem && (before >> step.item & 1) != 0;
    if (took && !ends_behind(step.next, behind)) return false;
  }
  return !may_be_empty() && always_begins(behind);
}

// True where nothing from `step` on takes the character, and looks see in it what they see at the
// end.
bool PatternProgram::ends_behind(std::uint32_t step, Items behind) const {
  std::vector<std::uint32_t> todo = {step};
  std::vector<bool> seen(steps_.size());
  while (!todo.empty()) {
    const std::uint32_t number = todo.back();
    const Step& at = steps_[number];
    todo.pop_back();
    if (at.kind == Kind::kMatch || seen[number]) continue;
    seen[number] = true;
    if (at.kind == Kind::kItem) {
      if ((behind >> at.item & 1) != 0) return false;
      continue;
    }
    if (at.kind == Kind::kFork) {
      todo.push_back(at.other);
    } else if (passes(at, behind, false) != passes(at, 0, true)) {
      return false;
    } else if (!passes(at, behind, false)) {
      continue;
    }
    todo.push_back(at.next);
  }
  return true;
}

// True where a match begins with the character, whatever follows it.
bool PatternProgram::always_begins(Items first) const {
  std::vector<std::uint32_t> todo = {start_};
  std::vector<bool> seen(steps_.size());
  while (!todo.empty()) {
    const std::uint32_t number = todo.back();
    const Step& at = steps_[number];
    todo.pop_back();
    if (seen[number]) continue;
    seen[number] = true;
    if (at.kind == Kind::kItem) {
      if ((first >> at.item & 1) != 0 && reaches_match(at.next)) return true;
    } else if (at.kind == Kind::kFork) {
      todo.insert(todo.end(), {at.other, at.next});
    } else if (at.kind != Kind::kMatch && passes(at, first, false)) {
      todo.push_back(at.next);
    }
  }
  return false;
}

// Without a look: all that goes on taking characters comes to an end.
bool PatternProgram::reaches_match(std::uint32_t step) const {
  std::vector<std::uint32_t> todo = {step};
  std::vector<bool> seen(steps_.size());
  while (!todo.empty()) {
    const std::uint32_t number = todo.back();
    const Step& at = steps_[number];
    todo.pop_back();
    if (at.kind == Kind::kMatch) return true;
    if (seen[number]) continue;
    seen[number] = true;
    if (at.kind == Kind::kFork) todo.push_back(at.other);
    if (at.kind == Kind::kFork || at.kind == Kind::kLeave) todo.push_back(at.next);
  }
  return false;
}

bool PatternProgram::may_be_empty() const {
  std::vector<std::uint32_t> todo = {start_};
  std::vector<bool> seen(steps_.size());
  while (!todo.empty()) {
    const std::uint32_t number = todo.back();
    const Step& at = steps_[number];
    todo.pop_back();
    if (at.kind == Kind::kMatch) return true;
    if (at.kind == Kind::kItem || seen[number]) continue;
    seen[number] = true;
    if (at.kind == Kind::kFork) todo.push_back(at.other);
    todo.push_back(at.next);
  }
  return false;
}

}  // namespace dsprep
