// Added tokens of a tokenizer.json: they are cut out of a text before anything else looks at it, by
// Hugging Face's rules. Immutable after construction: any number of threads.
#pragma once

#include <array>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dsprep/tokenizer.h"

namespace dsprep {

struct AddedToken {
  std::string content;  ///< what stands in the file
  TokenId id = 0;
  bool single_word = false;  ///< not where a word character touches it
  bool lstrip = false;       ///< takes the white space before it
  bool rstrip = false;       ///< takes the white space behind it
  bool normalized = true;    ///< looked for in the normalised text
  bool special = false;
};

/// The `added_tokens` of a file. As in Hugging Face's tokenizers the ids are the model's for a
/// content that it has, else they count on from `vocab_size`; ids in the file do not matter. A
/// later entry of the same content replaces an earlier one; empty ones do not count.
std::vector<AddedToken> read_added_tokens(
    const nlohmann::json& list, std::uint32_t vocab_size,
    const std::function<std::optional<TokenId>(std::string_view)>& id_in_model);

/// Cuts a text at the leftmost, of those the longest, of a set of tokens.
class AddedTokenSplitter {
 public:
  struct Pattern {
    std::string text;  ///< what to look for: the content, or its normalised form
    AddedToken token;
  };

  /// Finds nothing.
  AddedTokenSplitter() = default;
  /// kText leaves special tokens in the text. Throws kUnsupportedFormat for empty or equal
  /// patterns, as Hugging Face's tokenizers refuses them.
  AddedTokenSplitter(std::vector<Pattern> patterns, SpecialTokens special);

  bool empty() const noexcept { return patterns_.empty(); }

  /// Calls on_text(std::string_view) and on_token(const AddedToken&) in order; parts of the text
  /// are never empty. Throws kBadRow where a special token stands and the options forbid it.
  template <class OnText, class OnToken>
  void split(std::string_view text, OnText on_text, OnToken on_token) const {
    Progress progress;
    while (const std::optional<Match> match = next(text, progress)) {
      if (progress.done < match->start)
        on_text(text.substr(progress.done, match->start - progress.done));
      on_token(patterns_[match->pattern].token);
      progress.done = match->stop;
    }
    if (progress.done < text.size()) on_text(text.substr(progress.done));
  }

 private:
  struct Match {
    std::size_t start = 0, stop = 0;  // with the white space that the token takes
    std::size_t pattern = 0;
  };
  struct Progress {
    std::size_t from = 0;        // the search goes on here: where the last match's own text ended
    std::size_t done = 0;        // handed out up to here
    std::size_t spaces_end = 0;  // a run of white space that was measured ends here
  };
  struct Edge {
    unsigned char byte;
    std::uint32_t node;
  };
  struct Node {
    std::uint32_t first_edge = 0, edges = 0;
    std::uint32_t pattern = kNone;
  };
  static constexpr std::uint32_t kNone = ~0U;

  void build(const std::vector<std::size_t>& sorted);
  std::size_t next_candidate(std::string_view text, std::size_t from) const noexcept;
  std::size_t longest_at(std::string_view text, std::size_t at) const noexcept;
  std::optional<Match> next(std::string_view text, Progress& progress) const;

  std::vector<Pattern> patterns_;
  SpecialTokens special_ = SpecialTokens::kAllow;
  std::vector<Node> nodes_;                // a trie; node 0 is the root
  std::vector<Edge> edges_;                // of a node side by side
  std::array<std::uint32_t, 256> root_{};  // the root's edges by byte; 0 is none
  std::vector<char> first_bytes_;
};

}  // namespace dsprep
