#include "tools/ingest/planner.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "formats/wds/stem_index.h"
#include "tools/ingest/assign.h"
#include "tools/ingest/slicing.h"

namespace dsprep {
namespace {

using nlohmann::json;

std::string first_path(const Listing& listing) {
  return listing.roots.empty() ? "" : listing.roots[0];
}

std::vector<const FoundFile*> take_files(const BuildOptions& options, const Listing& listing,
                                         Plan& plan) {
  std::vector<const FoundFile*> taken;
  std::map<std::string, std::uint64_t> ignored = listing.ignored;
  for (const FoundFile& file : listing.files) {
    if (takes_file(options, file)) {
      taken.push_back(&file);
    } else {
      const std::string extension = extension_of(file.key);
      ++ignored[extension.empty() ? "files without an ending" : "files named ." + extension];
    }
  }
  plan.ignored = json(ignored).dump(-1, ' ', false, json::error_handler_t::replace);
  if (taken.empty() && listing.rejects.empty()) {
    static constexpr const char* kWhat[] = {"inputs", "pictures", "texts", "tables", "sounds"};
    throw Error(options.kind == InputKind::kImage ? ErrorCode::kNoImages : ErrorCode::kNotFound,
                std::string("no ") + kWhat[static_cast<std::size_t>(options.kind)] + " among " + std::to_string(listing.files.size()) + " files",
                {.file = first_path(listing)},
                "give a folder that holds some, or say what they are with --kind");
  }
  return taken;
}

// Marks the files whose key without its ending is another's too.
void mark_ambiguous_stems(std::vector<Entry>& entries) {
  StemIndex stems;
  for (const Entry& entry : entries) stems.add(entry.key);
  stems.finish();
  for (Entry& entry : entries) entry.ambiguous_stem = stems.ambiguous(entry.key);
}

}  // namespace

std::string canonical_options(const BuildOptions& resolved, const Kind& kind) {
  json out = {
      {"kind", kind_name(resolved.kind)},
      {"format", container_name(*resolved.format)},
      {"split", resolved.split.to_text()},
      {"order", *resolved.shuffled ? "shuffled:" + std::to_string(resolved.order_seed) : "sorted"},
      {kind_name(resolved.kind), json::parse(kind.options())}};
  if (resolved.tile) {
    out["tile"] =
        std::to_string(resolved.tile->width) + "x" + std::to_string(resolved.tile->height);
    out["overlap"] = resolved.tile->overlap;
    out["edge"] = tile_edge_name(resolved.tile->edge);
  }
  if (resolved.labels != LabelRule::kAuto)
    out["labels"] = resolved.labels == LabelRule::kNone ? "none" : "folder";
  if (!resolved.text.label_field.empty() && one_sample_a_file(resolved.kind))
    out["label_field"] = resolved.text.label_field;
  if (!resolved.group_by.empty()) out["group_by"] = resolved.group_by;
  if (resolved.aim.samples) out["shard_samples"] = *resolved.aim.samples;
  if (resolved.aim.bytes) out["shard_size"] = *resolved.aim.bytes;
  if (resolved.aim.shards) out["shards"] = *resolved.aim.shards;
  return out.dump();
}

std::vector<std::uint32_t> slices_a_shard(const std::vector<std::uint64_t>& shares,
                                          std::size_t slices) {
  std::vector<std::uint32_t> groups;
  const std::uint64_t largest = shares.empty() ? 0 : std::ranges::max(shares);
  for (const std::uint64_t share : shares) {
    const std::uint64_t ratio = share == 0 ? slices : (largest + share / 2) / share;
    groups.push_back(static_cast<std::uint32_t>(
        std::clamp<std::uint64_t>(ratio, 1, std::max<std::size_t>(slices, 1))));
  }
  return groups;
}

void complete_splits(Plan& plan, const std::map<std::string, std::uint64_t>& found,
                     const std::string& column) {
  plan.splits.clear();
  for (const auto& [name, count] : found) {
    if (!SplitRule::legal_name(name)) {
      throw Error(ErrorCode::kBadRow, "'" + name + "' in '" + column + "' cannot name a split", {},
                  "use letters, digits, _ and -");
    }
    plan.splits.push_back(name);
  }
  sort_splits(plan.splits);
  std::vector<std::uint64_t> sizes;
  for (const std::string& name : plan.splits) sizes.push_back(found.at(name));
  plan.slices_a_shard = slices_a_shard(sizes, plan.slices.size());
}

Plan make_plan(const BuildOptions& resolved, const Listing& listing, const Kind& kind) {
  Plan plan;
  plan.kind = kind_name(resolved.kind);
  plan.container = *resolved.format;
  plan.roots = listing.roots;
  plan.archives = listing.archives;
  plan.options = canonical_options(resolved, kind);
  plan.canary = kind.canary();
  plan.tokenizer = kind.tokenizer_file();
  plan.listing_rejects = listing.rejects;
  const std::vector<const FoundFile*> files = take_files(resolved, listing, plan);
  for (const FoundFile* file : files) {
    plan.entries.push_back({.root = file->root,
                            .bytes = file->bytes,
                            .archive = file->archive,
                            .position = file->position,
                            .key = file->key});
  }
  assign(plan, listing, files, resolved, kind.splits_by_content());
  if (!kind.cuts_files()) mark_ambiguous_stems(plan.entries);
  cut_slices(plan, resolved, kind.cuts_files());
  kind.align(plan);
  kind.check(plan);
  if (std::ranges::any_of(plan.slices,
                          [](const Slice& slice) { return slice.split == kSplitByContent; })) {
    std::vector<std::uint64_t> shares;
    for (const SplitRule::Share& share : resolved.split.shares())
      shares.push_back(share.millionths);
    plan.slices_a_shard = slices_a_shard(shares, plan.slices.size());
  }
  name_build(plan);
  return plan;
}

}  // namespace dsprep
