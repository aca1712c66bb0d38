// Slicing: the order of the entries, and where they are cut into slices.
#pragma once

#include <vector>

#include "tools/ingest/options.h"
#include "tools/ingest/plan.h"

namespace dsprep {

/// Sorts plan.entries (by split; then by the hash of their keys, or by their keys) and fills
/// plan.slices.
///
/// One sample a file, shuffled: each split is cut into 2^k equal ranges of the hash, k from the
/// aim; so that one more picture changes one shard. Sorted: into runs of about the aim, cut between
/// folders where possible. Files of many documents: each split's bytes are cut at equal distances.
/// Members of packed archives stay in the archive's order, and slices hold whole archives.
void cut_slices(Plan& plan, const BuildOptions& options, bool cut_files);

}  // namespace dsprep
