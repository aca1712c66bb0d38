// The normalizer Precompiled: SentencePiece's rules as Hugging Face's tokenizers applies them,
// which is by grapheme clusters.
#pragma once

#include <string>
#include <string_view>

#include "lib/text/charsmap.h"

namespace dsprep::hf {

std::string apply_precompiled(const Charsmap& map, std::string_view text);

/// Throws kCorrupt for what is not base64.
std::string decode_base64(std::string_view text);

/// Bytes of the extended grapheme cluster at the front of `text`, which is not empty. (Clusters of
/// emoji that a joiner holds together and Indic conjuncts are cut: no part of them is short enough
/// for a rule.)
/// Source: Unicode Standard Annex #29.
std::size_t grapheme_length(std::string_view text);

}  // namespace dsprep::hf
