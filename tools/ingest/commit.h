// Commit: the last phase. Joins fragments, numbers the shards, writes the manifest, checks, syncs
// and publishes.
#pragma once

#include <cstdint>
#include <optional>

#include "dsprep/manifest.h"
#include "tools/ingest/options.h"
#include "tools/ingest/unit.h"

namespace dsprep {

/// Throws kNotFound that names slices which are not written (or not of this plan), kRejected above
/// the limit and for leaks where they are forbidden, kNoImages where nothing is left. Of the
/// options max_rejects, forbid_leak, stats and jobs count. What was published is returned.
Manifest commit_build(const BuildFolder& folder, const Plan& plan, const BuildOptions& options);

}  // namespace dsprep
