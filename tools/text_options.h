// The options of build-shards for texts.
#pragma once

#include "tools/cli.h"
#include "tools/ingest/options.h"

namespace dsprep {

/// --pattern, --special, --invalid-utf8: for every command with a tokenizer.
void add_tokenizer_options(po::options_description& options);
/// "default", "allow", "forbid", "text"; requires one of them.
SpecialTokens special_named(const std::string& name);
SpecialTokens special_from(const ParsedOptions& parsed);

void add_text_options(po::options_description& options);
/// Throws kUsage that names the option at fault.
TextOptions text_options_from(const ParsedOptions& parsed);

}  // namespace dsprep
