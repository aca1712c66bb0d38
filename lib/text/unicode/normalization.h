// Unicode's normal forms, small letters and scripts as Hugging Face's tokenizers has them
// (make_normalization.py says how the tables were made). Any number of threads.
// Source of the algorithms: The Unicode Standard, section 3.11 (canonical ordering, composition)
// and 3.12 (Hangul syllables).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace dsprep {

enum class NormalForm : std::uint8_t { kNfc, kNfd, kNfkc, kNfkd };

/// `text` in a normal form.
std::string normal_form(std::string_view text, NormalForm form);

/// Every character as the small letters that stand for it, whatever stands around it.
std::string small_letters(std::string_view text);

/// A number for a character's script; 0: of any script.
unsigned script_of(char32_t c);

}  // namespace dsprep
