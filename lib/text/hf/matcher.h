// What a Split or Replace looks for: a text or a regular expression (Oniguruma's dialect, run by
// PCRE2). Immutable: any number of threads.
#pragma once

#include <functional>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string_view>

namespace dsprep::hf {

class Matcher {
 public:
  virtual ~Matcher() = default;
  /// Calls use(start, end) for the matches from left to right; they do not overlap.
  virtual void each_match(std::string_view text,
                          const std::function<void(std::size_t, std::size_t)>& use) const = 0;
};

/// `pattern`: {"String": …} or {"Regex": …}. Throws kUnsupportedFormat for what the two dialects do
/// not read the same way, and kCorrupt for an expression that is none.
std::unique_ptr<Matcher> make_matcher(const nlohmann::json& pattern);

/// The split of GPT-2 that ByteLevel uses.
std::unique_ptr<Matcher> make_gpt2_matcher();

}  // namespace dsprep::hf
