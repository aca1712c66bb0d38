// The pre-tokenizers of a tokenizer.json: they cut a text into the parts that the model sees.
// Immutable: any number of threads.
#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>

#include "lib/text/hf/slice.h"

namespace dsprep::hf {

class PreTokenizer {
 public:
  virtual ~PreTokenizer() = default;
  /// Hands the parts of `text` to `sink`; they live until it returns.
  virtual void split(const Slice& text, const Sink& sink) const = 0;
  /// True where white space is cut away and each side of it is split for itself.
  virtual bool removes_space() const noexcept { return false; }
  /// True where ASCII punctuation is a part of its own, too.
  virtual bool isolates_punctuation() const noexcept { return false; }
  /// True where words of the characters from '!' to '~' are cut nowhere but at such punctuation.
  virtual bool keeps_ascii_words() const noexcept { return false; }
  /// True where it asks whether a part is the text's first.
  virtual bool looks_at_start() const noexcept { return false; }
};

/// `json` is the member "pre_tokenizer". Throws kUnsupportedFormat for what is not known.
std::unique_ptr<PreTokenizer> make_pre_tokenizer(const nlohmann::json& json);

}  // namespace dsprep::hf
