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
/// the limit, kNoImages where nothing is left. What was published is returned.
Manifest commit_build(const BuildFolder& folder, const Plan& plan,
                      const std::optional<MaxRejects>& max_rejects);

}  // namespace dsprep
