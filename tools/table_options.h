// Options of tables and time series, for build-shards.
#pragma once

#include "tools/cli.h"
#include "tools/ingest/options.h"

namespace dsprep {

void add_table_options(po::options_description& options);
/// Options that texts have, too: --min-count, --window, --stride, --tail. `text` has their values.
extern const std::vector<std::string> kSharedTableOptions;
TableOptions table_options_from(const ParsedOptions& parsed, const TextOptions& text);

}  // namespace dsprep
