// The options of build-shards, for other commands: from arguments, and from what a dataset records.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "dsprep/manifest.h"
#include "tools/cli.h"
#include "tools/ingest/options.h"

namespace dsprep {

/// Every option that build-shards has.
po::options_description build_option_names();

/// What `build-shards ARGUMENTS` would do. Throws kUsage.
BuildOptions parse_build_options(const std::vector<std::string>& arguments);

/// The options that the dataset in `directory` was built with, from its manifest, over other
/// `inputs`; the tokenizer is the copy that stands in the dataset. Throws kVersion where another
/// version of dsprep has made it.
BuildOptions recorded_build_options(const std::filesystem::path& directory,
                                    const Manifest& manifest,
                                    const std::vector<std::string>& inputs);

}  // namespace dsprep
