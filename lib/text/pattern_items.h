// What the items of a PatternProgram match, as PCRE2 says. Immutable: any number of threads.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "lib/text/pattern_program.h"

namespace dsprep {

class PatternItems {
 public:
  /// Throws kUsage for an item that is no pattern.
  explicit PatternItems(const std::vector<std::string>& items);
  ~PatternItems();
  PatternItems(PatternItems&&) noexcept;

  /// The items that match a character.
  PatternProgram::Items of(char32_t character) const;

 private:
  struct Codes;
  std::unique_ptr<Codes> codes_;
};

}  // namespace dsprep
