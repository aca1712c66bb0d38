// The options of build-shards for texts.
#pragma once

#include "tools/cli.h"
#include "tools/ingest/options.h"

namespace dsprep {

/// --pattern, --special, --invalid-utf8: for every command with a tokenizer.
void add_tokenizer_options(po::options_description& options);
/// "default", "allow", "forbid", "text"; requires one of them.
SpecialTokens special_named(const std::string& name);
/// bytes, chars and words split texts in their own way and have no special tokens. Throws kUsage
/// where an option says otherwise.
void refuse_for_built_in(const std::string& tokenizer, bool pattern, bool special);
SpecialTokens special_from(const ParsedOptions& parsed);

/// --vocab-size of a vocabulary of words: it holds <pad> and <unk> at least.
std::uint64_t words_size_from(const ParsedOptions& parsed);

void add_text_options(po::options_description& options);
/// Throws kUsage that names the option at fault.
TextOptions text_options_from(const ParsedOptions& parsed);

}  // namespace dsprep
