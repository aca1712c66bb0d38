// Parts of a text on their way through a tokenizer.json's pipeline.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace dsprep::hf {

/// A view of a part of the normalised text.
struct Slice {
  std::string_view text;
  /// How many of the first bytes stem from the first character of the whole text: above 0, this is
  /// the part that Hugging Face's tokenizers finds at offset 0 of the original.
  std::size_t from_start = 0;

  Slice part(std::size_t start, std::size_t length) const noexcept {
    return {text.substr(start, length), from_start > start ? from_start - start : 0};
  }
};

/// A part that owns its text.
struct Buffer {
  std::string text;
  std::size_t from_start = 0;

  operator Slice() const noexcept { return {text, from_start}; }
};

/// Takes parts, in order; never an empty one.
using Sink = std::function<void(const Slice&)>;

}  // namespace dsprep::hf
