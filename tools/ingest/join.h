// Joining: fragments of a small split, one a slice, become full shards.
#pragma once

#include <vector>

#include "tools/ingest/unit.h"

namespace dsprep {

/// All shards of the dataset: those of the slices as they are, and those joined from fragments
/// (kept, where an earlier run has joined them). Sorted by split and part.
std::vector<UnitShard> join_fragments(const BuildFolder& folder, const Plan& plan,
                                      const std::vector<UnitRecord>& units);

}  // namespace dsprep
