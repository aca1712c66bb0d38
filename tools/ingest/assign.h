// Assign: the split and the label of each entry, from folders, from what lists declare, or by hash.
#pragma once

#include <vector>

#include "tools/ingest/listing.h"
#include "tools/ingest/options.h"
#include "tools/ingest/plan.h"

namespace dsprep {

/// Fills in split and label of plan.entries, which were made of `files` in their order, and
/// plan.splits and plan.classes. `by_content`: the split of a sample is known only when it is read.
/// A list's words go before folders. Labels that are all integers stay as they are; other labels
/// become classes, numbered in the order of their names. Throws kUsage and kBadRow that name an
/// input which says nothing where others do.
void assign(Plan& plan, const Listing& listing, const std::vector<const FoundFile*>& files,
            const BuildOptions& options, bool by_content);

}  // namespace dsprep
