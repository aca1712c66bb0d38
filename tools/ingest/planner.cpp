#include "tools/ingest/planner.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>

#include "formats/common/text.h"
#include "formats/wds/stem_index.h"
#include "tools/ingest/slicing.h"

namespace dsprep {
namespace {

using nlohmann::json;

// What the folders above a file say.
struct Place {
  std::string split;  // empty: no folder or input is named like a split
  std::string label;  // empty: no class folder
};

Place place_of(const Listing& listing, const FoundFile& file, bool look_for_split) {
  Place place;
  std::string_view rest = file.key;
  const auto take_folder = [&rest]() {
    const std::size_t slash = rest.find('/');
    if (slash == rest.npos) return std::string_view();
    const std::string_view folder = rest.substr(0, slash);
    rest.remove_prefix(slash + 1);
    return folder;
  };
  if (look_for_split) {
    place.split = split_from_folder(listing.root_names[file.root]).value_or("");
    if (place.split.empty()) {
      const std::string_view before = rest;
      place.split = split_from_folder(take_folder()).value_or("");
      if (place.split.empty()) rest = before;
    }
  }
  place.label = take_folder();
  return place;
}

// Folders that are named like splits are splits, and what is below them are classes. Where only
// some are and the user splits in another way, they are classes like the others (a class may be
// called "train").
std::vector<Place> places_of(const Listing& listing, const std::vector<const FoundFile*>& files,
                             SplitRule::Kind rule) {
  std::vector<Place> places;
  for (const FoundFile* file : files) places.push_back(place_of(listing, *file, true));
  const bool some_outside =
      std::ranges::any_of(places, [](const Place& place) { return place.split.empty(); });
  if (rule == SplitRule::Kind::kAuto || !some_outside) return places;
  places.clear();
  for (const FoundFile* file : files) places.push_back(place_of(listing, *file, false));
  return places;
}

// The bytes that decide the split of a file by hash: its key, or its group.
class Identity {
 public:
  explicit Identity(const std::string& group_by) {
    if (!group_by.starts_with("regex:")) return;
    try {
      pattern_.emplace(group_by.substr(6), std::regex::ECMAScript | std::regex::optimize);
    } catch (const std::regex_error& error) {
      throw Error(ErrorCode::kUsage, std::string("--group-by: ") + error.what());
    }
  }
  std::string of(const std::string& key) const {
    std::smatch match;
    if (!pattern_ || !std::regex_search(key, match, *pattern_)) return key;
    return match.size() > 1 ? match[1].str() : match[0].str();
  }

 private:
  std::optional<std::regex> pattern_;
};

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
    const bool image = options.kind == InputKind::kImage;
    throw Error(image ? ErrorCode::kNoImages : ErrorCode::kNotFound,
                std::string("no ") + (image ? "pictures" : "texts") + " among " +
                    std::to_string(listing.files.size()) + " files",
                {.file = first_path(listing)},
                "give a folder that holds some, or say what they are with --kind");
  }
  return taken;
}

void assign_classes(Plan& plan, const std::vector<Place>& places, const BuildOptions& options) {
  const bool image = options.kind == InputKind::kImage;
  if (options.labels == LabelRule::kNone || (options.labels == LabelRule::kAuto && !image)) return;
  const auto missing = std::ranges::find(places, "", &Place::label);
  const bool some =
      std::ranges::any_of(places, [](const Place& place) { return !place.label.empty(); });
  if (!some && options.labels == LabelRule::kAuto) return;
  if (missing != places.end()) {
    throw Error(
        ErrorCode::kUsage, "some files stand in class folders, but not this one",
        {.file = plan.path_of(plan.entries[static_cast<std::size_t>(missing - places.begin())])},
        "move it into a class folder, or build without labels: --labels none");
  }
  std::map<std::string, std::int64_t> ids;
  for (const Place& place : places) ids.emplace(place.label, 0);
  for (auto& [name, id] : ids) {
    if (!is_utf8(name)) {
      throw Error(ErrorCode::kBadEncoding,
                  "the name of the class folder '" + name + "' is not UTF-8", {},
                  "rename it, or build without labels: --labels none");
    }
    id = static_cast<std::int64_t>(plan.classes.size());
    plan.classes.push_back(name);
  }
  for (std::size_t i = 0; i < places.size(); ++i) plan.entries[i].label = ids[places[i].label];
}

void assign_folder_splits(Plan& plan, const std::vector<Place>& places) {
  std::set<std::string> names;
  for (const Place& place : places) names.insert(place.split);
  const bool folders = names.size() > 1 || !names.contains("");
  if (folders && names.contains("")) {
    const auto lost = std::ranges::find(places, "", &Place::split);
    throw Error(
        ErrorCode::kUsage, "some files stand in folders named like splits, but not this one",
        {.file = plan.path_of(plan.entries[static_cast<std::size_t>(lost - places.begin())])},
        "move it, or choose how to split with --split");
  }
  plan.splits = folders ? std::vector<std::string>(names.begin(), names.end())
                        : std::vector<std::string>{"train"};
  sort_splits(plan.splits);
  for (std::size_t i = 0; folders && i < places.size(); ++i) {
    plan.entries[i].split = static_cast<std::uint32_t>(
        std::ranges::find(plan.splits, places[i].split) - plan.splits.begin());
  }
}

void assign_splits(Plan& plan, const std::vector<Place>& places, const BuildOptions& options,
                   bool cut_files) {
  if (options.split.kind() == SplitRule::Kind::kAuto) return assign_folder_splits(plan, places);
  if (options.split.kind() == SplitRule::Kind::kNone) {
    plan.splits = {"train"};
    return;
  }
  for (const SplitRule::Share& share : options.split.shares()) plan.splits.push_back(share.name);
  const Identity identity(options.group_by);
  const bool by_content = cut_files || options.split.kind() == SplitRule::Kind::kColumn;
  for (Entry& entry : plan.entries) {
    entry.split =
        by_content ? kSplitByContent : options.split.share_of(as_bytes(identity.of(entry.key)));
  }
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
  if (resolved.labels != LabelRule::kAuto)
    out["labels"] = resolved.labels == LabelRule::kNone ? "none" : "folder";
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

Plan make_plan(const BuildOptions& resolved, const Listing& listing, const Kind& kind) {
  Plan plan;
  plan.kind = kind_name(resolved.kind);
  plan.container = *resolved.format;
  plan.roots = listing.roots;
  plan.options = canonical_options(resolved, kind);
  plan.canary = kind.canary();
  plan.tokenizer = kind.tokenizer_file();
  plan.listing_rejects = listing.rejects;
  const std::vector<const FoundFile*> files = take_files(resolved, listing, plan);
  for (const FoundFile* file : files) {
    plan.entries.push_back({.root = file->root, .bytes = file->bytes, .key = file->key});
  }
  const std::vector<Place> places = places_of(listing, files, resolved.split.kind());
  assign_classes(plan, places, resolved);
  assign_splits(plan, places, resolved, kind.cuts_files());
  if (!kind.cuts_files()) mark_ambiguous_stems(plan.entries);
  cut_slices(plan, resolved, kind.cuts_files());
  kind.align(plan);
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
