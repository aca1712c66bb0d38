// The normalizers of a tokenizer.json. Immutable: any number of threads.
#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>

#include "lib/text/hf/slice.h"

namespace dsprep::hf {

class Normalizer {
 public:
  virtual ~Normalizer() = default;
  virtual void apply(Buffer& text) const = 0;
  /// True where the result for a text is that of its parts, wherever it is cut before and behind
  /// spaces, tabs, line feeds and carriage returns.
  virtual bool is_local() const noexcept { return false; }
  /// What `c`, from '!' to '~', becomes among such characters, where each becomes one of them
  /// whatever stands beside it; else 0.
  virtual char ascii(char) const noexcept { return 0; }
};

/// `json` is the member "normalizer". Throws kUnsupportedFormat for what is not known.
std::unique_ptr<Normalizer> make_normalizer(const nlohmann::json& json, const std::string& file);

/// The text that stands for each byte of `text` in byte-level vocabularies.
std::string bytes_as_characters(std::string_view text);
/// The byte that a character stands for, or -1.
int byte_of_character(char32_t c);

}  // namespace dsprep::hf
