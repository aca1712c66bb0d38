// Commit: the last phase. Joins fragments, numbers the shards, writes the manifest, checks, syncs
// and publishes.
#pragma once

#include <cstdint>
#include <optional>

#include "dsprep/manifest.h"
#include "tools/ingest/options.h"
#include "tools/ingest/unit.h"

namespace dsprep {

struct CommitOptions {
  std::optional<MaxRejects> max_rejects = {};
  bool stats =
      false;  ///< fit statistics on train before publishing, so that stats.json is there too
  unsigned jobs = 1;  ///< for the statistics
};

/// Throws kNotFound that names slices which are not written (or not of this plan), kRejected above
/// the limit, kNoImages where nothing is left. What was published is returned.
Manifest commit_build(const BuildFolder& folder, const Plan& plan, const CommitOptions& options);

}  // namespace dsprep
