// SentencePiece's normalisation. Its result uses a space for U+2581, the mark of a space, where the
// model escapes white space: pieces are turned the same way. Immutable: any number of threads.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lib/text/charsmap.h"
#include "lib/text/double_array.h"
#include "lib/text/sentencepiece/model_proto.h"
#include "lib/text/word_cutter.h"

namespace dsprep::sentencepiece {

inline constexpr std::string_view kSpaceMark = "\xE2\x96\x81";

/// `text` with every U+2581 as a space.
std::string marks_as_spaces(std::string_view text);

/// What of a text has become what, while it is normalised in steps.
struct NormalizedText {
  std::string_view rest;  ///< what is left of the text
  std::string out = {};   ///< what has not been taken away yet
  bool started = false;   ///< its first white space is behind
  bool after_space = false;
  bool done = false;
};

class Normalizer {
 public:
  /// `user_defined`: symbols that stay as they are.
  Normalizer(const NormalizerSpec& spec, bool space_as_suffix,
             const std::vector<std::string>& user_defined, const std::string& file);

  /// True where normalize gives `text` itself, behind a space if it adds one.
  bool keeps(std::string_view text) const noexcept;
  /// True where a space is put in front.
  bool adds_prefix() const noexcept { return spec_.add_dummy_prefix && !space_as_suffix_; }

  std::string normalize(std::string_view text) const;

  /// True where a text may be cut between the two: what each side becomes is what it becomes in the
  /// whole, if the second goes on as `started`.
  bool may_cut(char before, char behind) const noexcept;
  /// True for a character that becomes a space.
  bool is_space(char c) const noexcept {
    return kinds_[static_cast<unsigned char>(c)] == Kind::kWhite;
  }
  /// Goes on with a text until `out` has `enough` bytes or more, or the text is done.
  void go_on(NormalizedText& text, std::size_t enough) const;
  /// How much of `out` stays as it is whatever follows: not the spaces at its end, if the end of the
  /// text would take them.
  std::size_t settled(const NormalizedText& text) const noexcept;

 private:
  enum class Kind : std::uint8_t { kOther, kPlain, kWhite };
  struct Prefix {
    std::string_view text;   // what it becomes
    std::size_t length = 0;  // bytes of the input
  };

  Kind kind_of(char c) const;
  Prefix prefix(std::string_view text) const;
  void start(NormalizedText& text) const;
  void finish(NormalizedText& text) const;
  std::size_t add_windows(std::string_view from, char*& to, bool& after_space) const;
  bool add_ascii(NormalizedText& text) const;
  void add_one(NormalizedText& text) const;

  NormalizerSpec spec_;
  bool space_as_suffix_;
  Charsmap charsmap_;
  DoubleArray symbols_;
  bool has_symbols_ = false;
  // Of ASCII before ASCII: it stays as it is, or becomes a space, or has to be looked at.
  std::array<Kind, 256> kinds_{};
  WordTables tables_;  // the same: kWhite is space, kOther is alone
  MaskWords mask_words_ = best_mask_words();
};

}  // namespace dsprep::sentencepiece
