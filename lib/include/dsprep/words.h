// Words of a text, which stand between white space (Unicode's White_Space), and their counts.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace dsprep {

/// The first two entries of a vocabulary of words.
inline constexpr const char* kPadWord = "<pad>";
inline constexpr const char* kUnknownWord = "<unk>";

/// Hands every word of `text` to `take(std::string_view)`: the rule of the words tokenizer.
template <class Take>
void for_each_word(std::string_view text, Take take);

/// Counts of words, to fit a vocabulary. Memory: about 70 bytes and its letters a distinct word.
class WordCounts {
 public:
  void add(std::string_view text);
  void add(std::string_view word, std::uint64_t count);
  void merge(const WordCounts& other);
  const auto& counts() const noexcept { return counts_; }

  /// kPadWord, kUnknownWord, then the words by falling count (equal counts: by bytes), those
  /// counted `min_count` times or more, `size` entries at most. The same for any order of adding.
  std::vector<std::string> vocabulary(std::uint64_t size, std::uint64_t min_count) const;

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view word) const noexcept {
      return std::hash<std::string_view>{}(word);
    }
  };
  std::unordered_map<std::string, std::uint64_t, Hash, std::equal_to<>> counts_;
};

// ---- implementation

/// Length in bytes of the white-space character at the front of `text`, or 0.
std::size_t white_space_length(std::string_view text) noexcept;

template <class Take>
void for_each_word(std::string_view text, Take take) {
  std::size_t start = 0;
  std::size_t i = 0;
  while (i < text.size()) {
    const std::size_t space = white_space_length(text.substr(i, 3));
    if (space == 0) {
      ++i;
      continue;
    }
    if (i > start) take(text.substr(start, i - start));
    i += space;
    start = i;
  }
  if (i > start) take(text.substr(start, i - start));
}

}  // namespace dsprep
