#include "tools/ingest/assign.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <regex>
#include <set>
#include <string>

#include "formats/common/text.h"
#include "tools/ingest/planner.h"

namespace dsprep {
namespace {

// What the folders above a file say, or a list.
struct Place {
  std::string split;  // empty: no folder or input is named like a split
  std::string label;  // empty: no class folder
  bool declared_label = false;
};

// "train" for "train.tar" and "train-00012.tar.gz".
std::optional<std::string> split_from_archive(std::string_view name) {
  const std::string_view stem = name.substr(0, name.find('.'));
  const std::size_t dash = stem.find('-');
  const bool numbered =
      dash != stem.npos && stem.find_first_not_of("0123456789", dash + 1) == stem.npos;
  return split_from_folder(numbered ? stem.substr(0, dash) : stem);
}

// The folders above a file: for a member of an archive those above the archive and those in it, as
// if the archive had been unpacked where it stands.
struct Folders {
  std::string path;
  std::string_view archive;  // its name, without folders; empty for files
};

Folders folders_of(const Listing& listing, const FoundFile& file) {
  if (file.archive == kNoArchive) return {file.key, {}};
  const std::string_view archive = listing.archives[file.archive].key;
  const std::size_t slash = archive.rfind('/');
  const std::size_t base = slash == archive.npos ? 0 : slash + 1;
  return {std::string(archive.substr(0, base)) + file.key.substr(archive.size() + 1),
          archive.substr(base)};
}

Place place_of(const Listing& listing, const FoundFile& file, bool look_for_split) {
  Place place;
  const Folders folders = folders_of(listing, file);
  std::string_view rest = folders.path;
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
    if (place.split.empty()) place.split = split_from_archive(folders.archive).value_or("");
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

// What lists say goes before folders.
void declare(std::vector<Place>& places, const Listing& listing,
             const std::vector<const FoundFile*>& files) {
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (files[i]->declared == kNothingDeclared) continue;
    const Declared& declared = listing.declared[files[i]->declared];
    if (!declared.split.empty())
      places[i].split = split_from_folder(declared.split).value_or(declared.split);
    if (declared.label.empty()) continue;
    places[i].label = declared.label;
    places[i].declared_label = true;
  }
}

std::optional<std::int64_t> integer(const std::string& text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value == kNoLabel)
    return std::nullopt;
  return value;
}

// Labels that are declared as integers are kept as they are. False where they are names.
bool assign_numbers(Plan& plan, const std::vector<Place>& places) {
  std::vector<std::int64_t> numbers;
  for (const Place& place : places) {
    const auto number = place.declared_label ? integer(place.label) : std::nullopt;
    if (!number) return false;
    numbers.push_back(*number);
  }
  for (std::size_t i = 0; i < numbers.size(); ++i) plan.entries[i].label = numbers[i];
  return true;
}

void assign_classes(Plan& plan, const std::vector<Place>& places, const BuildOptions& options) {
  const bool files = one_sample_a_file(options.kind);
  if (options.labels == LabelRule::kNone || (options.labels == LabelRule::kAuto && !files)) return;
  const auto missing = std::ranges::find(places, "", &Place::label);
  const bool some =
      std::ranges::any_of(places, [](const Place& place) { return !place.label.empty(); });
  if (!some && options.labels == LabelRule::kAuto) return;
  if (missing != places.end()) {
    throw Error(
        ErrorCode::kUsage, "some files stand in class folders or have a label, but not this one",
        {.file = plan.path_of(plan.entries[static_cast<std::size_t>(missing - places.begin())])},
        "move it into a class folder, or build without labels: --labels none");
  }
  if (assign_numbers(plan, places)) return;
  std::map<std::string, std::int64_t> ids;
  for (const Place& place : places) ids.emplace(place.label, 0);
  for (auto& [name, id] : ids) {
    if (!is_utf8(name)) {
      throw Error(ErrorCode::kBadEncoding, "the name of the class '" + name + "' is not UTF-8", {},
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
        ErrorCode::kUsage,
        "some files stand in folders named like splits or have a split, but not this one",
        {.file = plan.path_of(plan.entries[static_cast<std::size_t>(lost - places.begin())])},
        "move it, or choose how to split with --split");
  }
  plan.splits = folders ? std::vector<std::string>(names.begin(), names.end())
                        : std::vector<std::string>{"train"};
  sort_splits(plan.splits);
  for (const std::string& name : plan.splits) {
    if (SplitRule::legal_name(name)) continue;
    throw Error(ErrorCode::kBadRow, "'" + escape_controls(name) + "' cannot name a split", {},
                "use letters, digits, _ and -");
  }
  for (std::size_t i = 0; folders && i < places.size(); ++i) {
    plan.entries[i].split = static_cast<std::uint32_t>(
        std::ranges::find(plan.splits, places[i].split) - plan.splits.begin());
  }
}

void assign_by_hash(Plan& plan, const Listing& listing, const std::vector<const FoundFile*>& files,
                    const BuildOptions& options) {
  const Identity identity(options.group_by);
  for (std::size_t i = 0; i < files.size(); ++i) {
    const bool grouped = files[i]->declared != kNothingDeclared &&
                         !listing.declared[files[i]->declared].group.empty();
    const std::string who =
        grouped ? listing.declared[files[i]->declared].group : identity.of(plan.entries[i].key);
    plan.entries[i].split = options.split.share_of(as_bytes(who));
  }
}

void assign_splits(Plan& plan, const std::vector<Place>& places, const Listing& listing,
                   const std::vector<const FoundFile*>& files, const BuildOptions& options,
                   bool by_content) {
  const SplitRule::Kind rule = options.split.kind();
  const bool column = rule == SplitRule::Kind::kColumn;
  if (rule == SplitRule::Kind::kAuto || (column && !by_content))
    return assign_folder_splits(plan, places);
  if (rule == SplitRule::Kind::kNone) {
    plan.splits = {"train"};
    return;
  }
  for (const SplitRule::Share& share : options.split.shares()) plan.splits.push_back(share.name);
  if (!by_content) return assign_by_hash(plan, listing, files, options);
  for (Entry& entry : plan.entries) entry.split = kSplitByContent;
}

}  // namespace

void assign(Plan& plan, const Listing& listing, const std::vector<const FoundFile*>& files,
            const BuildOptions& options, bool by_content) {
  std::vector<Place> places = places_of(listing, files, options.split.kind());
  declare(places, listing, files);
  assign_classes(plan, places, options);
  assign_splits(plan, places, listing, files, options, by_content);
}

}  // namespace dsprep
