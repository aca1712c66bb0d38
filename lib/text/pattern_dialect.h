// Patterns of other engines as PCRE2 must read them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace dsprep {

/// Of tiktoken, and of Hugging Face's tokenizers.
enum class PatternEngine : std::uint8_t { kFancyRegex, kOniguruma };

/// The pattern for PCRE2, over texts with stand-ins. Of fancy-regex: sets become looks at the same
/// character ([a&&[b]--c] is (?:(?=[b])(?![c])[a])), words and their borders are classes and looks
/// with what it takes for a part of a word, characters by number are themselves, names of groups
/// are gone. Throws kUnsupportedFormat that names the part where PCRE2 reads something in another
/// way, or its version of Unicode would matter.
std::string pattern_for_pcre2(std::string_view pattern, PatternEngine engine);

}  // namespace dsprep
