// A split pattern as steps over characters, for patterns that can be followed without going back:
// no step needs to know more than the next character. Immutable.
//
// What stands in a pattern for one character is an item ("\p{L}", "[^\s]", "s" in either case);
// what an item matches is for others to say (PatternItems).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dsprep {

class PatternProgram {
 public:
  /// A set of items, by their numbers; of what is behind the last character it is empty.
  using Items = std::uint64_t;

  enum class Kind : std::uint8_t {
    kItem,     ///< one character that the item matches
    kFork,     ///< `next`, or else `other`
    kLook,     ///< goes on where the item matches the next character, but takes nothing
    kLookNot,  ///< goes on where it does not, or at the end
    kLeave,  ///< as kLookNot, behind a repeat that takes all it can: one of the two always goes on
    kLookEnd,  ///< goes on at the end
    kMatch,
  };
  struct Step {
    Kind kind;
    std::uint32_t item = 0;
    std::uint32_t next = 0, other = 0;
  };

  /// Nothing for a pattern that needs more (back references, looks over several characters or back,
  /// repeated parts that may be empty, …), and for what is no pattern.
  static std::optional<PatternProgram> read(std::string_view pattern);

  const std::vector<std::string>& items() const noexcept { return items_; }
  const std::vector<Step>& steps() const noexcept { return steps_; }
  std::uint32_t start() const noexcept { return start_; }

  /// Whether a look goes on before a character that matches `items`.
  static bool passes(const Step& look, Items items, bool at_end) noexcept {
    if (look.kind == Kind::kLookEnd) return at_end;
    return ((items >> look.item & 1) != 0) == (look.kind == Kind::kLook);
  }

  /// True where a match may take no character.
  bool may_be_empty() const;
  /// True where every text has a border between a character that matches `before` and one that
  /// matches `behind`, the same whatever else stands in the text, or if it ends there.
  bool always_ends(Items before, Items behind) const;

 private:
  friend class PatternReader;
  bool ends_behind(std::uint32_t step, Items behind) const;
  bool always_begins(Items first) const;
  bool reaches_match(std::uint32_t step) const;

  std::vector<std::string> items_;
  std::vector<Step> steps_;
  std::uint32_t start_ = 0;
};

/// The steps that one comes to, each once, those that were added last first.
class StepWalk {
 public:
  /// `seen` has a place for each step, which may be set already, and outlives the walk.
  StepWalk(std::uint32_t first, std::vector<bool>& seen) : waiting_{first}, seen_(seen) {}
  void add(std::uint32_t step) { waiting_.push_back(step); }
  /// Nothing at the end.
  std::optional<std::uint32_t> next() {
    while (!waiting_.empty()) {
      const std::uint32_t step = waiting_.back();
      waiting_.pop_back();
      if (seen_[step]) continue;
      seen_[step] = true;
      return step;
    }
    return std::nullopt;
  }

 private:
  std::vector<std::uint32_t> waiting_;
  std::vector<bool>& seen_;
};

}  // namespace dsprep
