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
  std::vector<bool> seen(steps_.size());
  StepWalk walk(step, seen);
  while (const auto number = walk.next()) {
    const Step& at = steps_[*number];
    if (at.kind == Kind::kMatch) continue;
    if (at.kind == Kind::kItem) {
      if ((behind >> at.item & 1) != 0) return false;
      continue;
    }
    if (at.kind == Kind::kFork) {
      walk.add(at.other);
    } else if (passes(at, behind, false) != passes(at, 0, true)) {
      return false;
    } else if (!passes(at, behind, false)) {
      continue;
    }
    walk.add(at.next);
  }
  return true;
}

// True where a match begins with the character, whatever follows it.
bool PatternProgram::always_begins(Items first) const {
  std::vector<bool> seen(steps_.size());
  StepWalk walk(start_, seen);
  while (const auto number = walk.next()) {
    const Step& at = steps_[*number];
    if (at.kind == Kind::kItem) {
      if ((first >> at.item & 1) != 0 && reaches_match(at.next)) return true;
    } else if (at.kind == Kind::kFork) {
      walk.add(at.other);
      walk.add(at.next);
    } else if (at.kind != Kind::kMatch && passes(at, first, false)) {
      walk.add(at.next);
    }
  }
  return false;
}

// Without a look: all that goes on taking characters comes to an end.
bool PatternProgram::reaches_match(std::uint32_t step) const {
  std::vector<bool> seen(steps_.size());
  StepWalk walk(step, seen);
  while (const auto number = walk.next()) {
    const Step& at = steps_[*number];
    if (at.kind == Kind::kMatch) return true;
    if (at.kind == Kind::kFork) walk.add(at.other);
    if (at.kind == Kind::kFork || at.kind == Kind::kLeave) walk.add(at.next);
  }
  return false;
}

bool PatternProgram::may_be_empty() const {
  std::vector<bool> seen(steps_.size());
  StepWalk walk(start_, seen);
  while (const auto number = walk.next()) {
    const Step& at = steps_[*number];
    if (at.kind == Kind::kMatch) return true;
    if (at.kind == Kind::kItem) continue;
    if (at.kind == Kind::kFork) walk.add(at.other);
    walk.add(at.next);
  }
  return false;
}

}  // namespace dsprep
