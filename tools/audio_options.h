// The options of build-shards for files of sound.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "tools/cli.h"
#include "tools/ingest/options.h"

namespace dsprep {

void add_audio_options(po::options_description& options);
/// Throws kUsage.
AudioOptions audio_options_from(const ParsedOptions& parsed);
/// Notes those that were given and are declared with other kinds: --window, --tail and so on.
void note_audio_options(const ParsedOptions& parsed,
                        std::vector<std::pair<InputKind, std::string>>& of_kind);

}  // namespace dsprep
