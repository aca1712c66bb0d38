// Texts as a regular expression engine of Unicode 14 must see them to take every character for what
// Hugging Face's tokenizers takes it for.
#pragma once

#include <string>
#include <string_view>

namespace dsprep::hf {

/// `text`, with other characters of the same length in the place of those that came later; `buffer`
/// holds it where it is not the text itself.
std::string_view with_stand_ins(std::string_view text, std::string& buffer);

}  // namespace dsprep::hf
