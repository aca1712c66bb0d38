// The compiled replacement rules ("precompiled charsmap") of SentencePiece models, which a
// tokenizer.json may hold, too. Immutable: any number of threads.
// Source of the byte layout: normalizer.cc of google/sentencepiece (size of the trie, the trie in
// the units of darts-clone, the replacements with a zero byte behind each).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dsprep {

class Charsmap {
 public:
  struct Rule {
    std::size_t length = 0;  ///< bytes that the rule takes
    std::string_view replacement;
  };

  /// Without rules.
  Charsmap() = default;
  /// Throws kCorrupt at `file`.
  Charsmap(std::string_view blob, const std::string& file);

  bool empty() const noexcept { return units_.empty(); }
  /// The rule for the longest prefix of `text`.
  std::optional<Rule> longest(std::string_view text) const noexcept { return find(text, true); }
  /// The rule for the shortest prefix of `text`.
  std::optional<Rule> shortest(std::string_view text) const noexcept { return find(text, false); }
  /// True where a rule takes the ASCII character `c` together with an ASCII character behind it.
  bool leads_ascii(unsigned char c) const noexcept { return leads_ascii_[c]; }

 private:
  std::optional<Rule> find(std::string_view text, bool longest) const noexcept;
  bool next(std::size_t& node, unsigned char byte) const noexcept;

  std::vector<std::uint32_t> units_;
  std::string replacements_;
  std::array<bool, 128> leads_ascii_{};
};

}  // namespace dsprep
