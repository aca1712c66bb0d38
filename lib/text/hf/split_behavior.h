// What a split does with the matches that it cuts at.
// Source: tokenizer/normalizer.rs of huggingface/tokenizers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "lib/text/hf/slice.h"

namespace dsprep::hf {

enum class Behavior : std::uint8_t {
  kRemoved,             ///< "a-b" at "-": a, b
  kIsolated,            ///< a, -, b
  kMergedWithPrevious,  ///< a-, b
  kMergedWithNext,      ///< a, -b
  kContiguous,          ///< isolated, matches in a row together
};

/// Throws kUnsupportedFormat for another name.
Behavior behavior_from_name(const std::string& name);

/// Takes matches and what is between them from left to right and hands out the parts.
class Splitter {
 public:
  Splitter(const Slice& text, Behavior behavior, const Sink& sink)
      : text_(text), behavior_(behavior), sink_(sink) {}

  /// The text from where the last one ended up to `end`.
  void add(std::size_t end, bool is_match);
  /// After the last one.
  void finish() { flush(); }

 private:
  void flush();

  const Slice& text_;
  Behavior behavior_;
  const Sink& sink_;
  std::size_t start_ = 0, end_ = 0;  // what is held back
  bool last_was_match_ = false;
};

}  // namespace dsprep::hf
