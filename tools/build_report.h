// What build-shards and merge say when they are done.
#pragma once

#include "tools/ingest/build.h"

namespace dsprep {

/// Prints the summary (stderr), with --timing the JSON line (stdout), with --dry-run the plan
/// (stdout). Returns the exit code.
int print_report(const BuildReport& report, const BuildOptions& options, bool timing);

}  // namespace dsprep
