// SentencePiece's normalisation. Its result uses a space for U+2581, the mark of a space, where the
// model escapes white space: pieces are turned the same way. Immutable: any number of threads.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "lib/text/charsmap.h"
#include "lib/text/double_array.h"
#include "lib/text/sentencepiece/model_proto.h"

namespace dsprep::sentencepiece {

inline constexpr std::string_view kSpaceMark = "\xE2\x96\x81";

/// `text` with every U+2581 as a space.
std::string marks_as_spaces(std::string_view text);

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

 private:
  struct Prefix {
    std::string_view text;   // what it becomes
    std::size_t length = 0;  // bytes of the input
  };
  Prefix prefix(std::string_view text) const;
  std::size_t plain_run(std::string_view text) const;
  void append(std::string_view part, std::string& out) const;

  NormalizerSpec spec_;
  bool space_as_suffix_;
  Charsmap charsmap_;
  DoubleArray symbols_;
  bool has_symbols_ = false;
  std::array<bool, 256> plain_{};  // ASCII that stays as it is before ASCII
};

}  // namespace dsprep::sentencepiece
