// Planner: from what the user asked and what the listing found to a plan.
#pragma once

#include <map>

#include "tools/ingest/kind.h"
#include "tools/ingest/listing.h"
#include "tools/ingest/options.h"
#include "tools/ingest/plan.h"

namespace dsprep {

/// What a file is by its name; kAuto where the name does not say.
InputKind kind_of_name(std::string_view key);

/// True for pictures and sound: files that lists and archives may hold, and class folders.
constexpr bool one_sample_a_file(InputKind kind) noexcept {
  return kind == InputKind::kImage || kind == InputKind::kAudio;
}

/// What the options mean for the listing of inputs.
ListingOptions listing_options(const BuildOptions& options);

/// Decides what the options leave open (kind, container, form of documents, label field), from
/// names and the first line. Throws kUsage for mixed kinds, kUnsupportedFormat for what is not read,
/// kNoImages and kNotFound where nothing is left.
BuildOptions resolve_options(BuildOptions options, const Listing& listing);

/// True for files of the kind by their names, and for those that the user named.
bool takes_file(const BuildOptions& resolved, const FoundFile& file);

std::unique_ptr<Kind> make_kind(const BuildOptions& resolved);

/// All options that change the output, as canonical JSON: equal texts give equal bytes on equal
/// inputs.
std::string canonical_options(const BuildOptions& resolved, const Kind& kind);

/// Splits, labels, order and slices. The plan lacks only what a survey finds.
Plan make_plan(const BuildOptions& resolved, const Listing& listing, const Kind& kind);

/// Splits by column, when they are known with their numbers of samples: sets plan.splits and how
/// their fragments are joined. Throws kBadRow for a name that cannot be a split's.
void complete_splits(Plan& plan, const std::map<std::string, std::uint64_t>& found,
                     const std::string& column);

/// For splits by content, how many slices share one shard of each: in proportion to the largest.
std::vector<std::uint32_t> slices_a_shard(const std::vector<std::uint64_t>& shares,
                                          std::size_t slices);

}  // namespace dsprep
