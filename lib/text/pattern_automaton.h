// Follows all ways through a PatternProgram at once, and remembers what it has come to: the next
// time a character costs one look into a table. Finds what a search that goes back finds, without
// going back. One thread at a time; its memory is bounded.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string_view>
#include <vector>

#include "lib/text/pattern_items.h"
#include "lib/text/pattern_program.h"

namespace dsprep {

class PatternAutomaton {
 public:
  static constexpr std::size_t kNoMatch = ~std::size_t{0};

  /// Keeps references.
  PatternAutomaton(const PatternProgram& program, const PatternItems& items);

  /// The end of the match that begins at `begin`, or kNoMatch. Requires: valid UTF-8, begin <=
  /// text.size().
  std::size_t match(std::string_view text, std::size_t begin);
  /// Bytes that match() has looked at behind the ends that it gave, over all calls.
  std::uint64_t looked_beyond() const noexcept { return beyond_; }

 private:
  // A state is what may come next: items, looks and matches in the order of preference. The state
  // without any is kDead. An entry of the table is the state behind a character, twice, and 1 where
  // a match ends before it.
  using Steps = std::vector<std::uint32_t>;
  using State = std::uint32_t;
  using Symbol =
      std::uint32_t;  // characters that match the same items; kEnd is behind the last one
  static constexpr State kDead = 0;
  static constexpr Symbol kEnd = 0;
  static constexpr std::uint32_t kUnknown = ~0U;
  static constexpr std::size_t kMostStates = 1024;
  static constexpr std::size_t kPage = 256;
  using Page = std::array<Symbol, kPage>;

  void forget_states();
  State state_of(Steps steps);
  std::uint32_t enter(State state, Symbol symbol);
  bool follow(std::uint32_t step, Symbol symbol, Steps& next);
  void add(std::uint32_t step, Steps& to, std::vector<bool>& seen) const;
  void widen();
  Symbol symbol_of(char32_t character);
  Symbol classify(char32_t character);

  const PatternProgram& program_;
  const PatternItems& items_;

  std::uint64_t beyond_ = 0;
  std::map<Steps, State> numbers_;
  std::vector<const Steps*> states_;
  State start_ = kDead;
  unsigned width_ = 4;  // of a row of the table, as a power of two
  std::vector<std::uint32_t> table_;
  std::vector<bool> seen_here_, seen_next_;  // steps, while an entry is made

  std::array<Symbol, 128> ascii_{};
  std::vector<std::unique_ptr<Page>> pages_;  // other characters, once they have come
  std::map<PatternProgram::Items, Symbol> symbols_;
  std::vector<PatternProgram::Items> items_of_;  // of a symbol
};

}  // namespace dsprep
