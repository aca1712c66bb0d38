#include "tools/ingest/rebuild.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "dsprep/error.h"
#include "formats/common/file.h"
#include "formats/common/json.h"
#include "tools/ingest/build.h"
#include "tools/ingest/compare_inputs.h"
#include "tools/ingest/compare_shards.h"
#include "tools/ingest/join.h"
#include "tools/ingest/phases.h"

namespace dsprep {
namespace fs = std::filesystem;
namespace {

constexpr std::uint64_t kMillion = 1'000'000;

// A folder that goes with this object.
class Scratch {
 public:
  explicit Scratch(const fs::path& parent) : path_(temporary_name(parent / "dsprep-rebuild")) {
    make_folders(path_);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() {
    try {
      remove_tree(path_);
    } catch (const std::exception&) {  // a folder for temporary files that is left there
    }
  }
  const fs::path& path() const noexcept { return path_; }

 private:
  fs::path path_;
};

struct Recorded {
  std::string build;
  std::string canary;
  std::string options;
};

Recorded recorded_in(const fs::path& directory, const Manifest& manifest) {
  return read_json(manifest.provenance, {.file = (directory / "dataset.json").string()},
                   [](const nlohmann::json& provenance) {
                     return Recorded{.build = provenance.at("build"),
                                     .canary = provenance.at("canary").dump(),
                                     .options = provenance.at("options").dump()};
                   });
}

// What was recorded must be what is asked for now, or a difference would say nothing.
void check_recorded(const Recorded& recorded, const PlannedBuild& planned) {
  const std::string canary = nlohmann::json::parse(planned.plan.canary).dump();
  if (canary != recorded.canary) {
    throw Error(ErrorCode::kVersion,
                "this machine's codecs are not those of the build: here " + canary + ", recorded " +
                    recorded.canary,
                {}, "rebuild with the same libraries");
  }
  const std::string options = nlohmann::json::parse(planned.plan.options).dump();
  if (options != recorded.options) {
    throw Error(ErrorCode::kUsage,
                "these inputs ask for other options than the build's: here " + options +
                    ", recorded " + recorded.options,
                {}, "give the inputs of the build");
  }
}

void survey(Plan& plan, const BuildFolder& folder, Kind& kind, const BuildOptions& options) {
  save_plan(folder, plan);
  if (kind.survey_need(plan) != SurveyNeed::kNothing) {
    std::vector<std::size_t> all(plan.slices.size());
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = i;
    (void)survey_slices(folder, plan, kind, all, options);
  }
  complete_plan(folder, plan, kind);
}

// The slices that give the shard its samples.
std::vector<std::size_t> slices_of_shard(const Plan& plan, const ShardRow& row) {
  std::vector<std::size_t> slices;
  for (std::size_t i = 0; i < plan.slices.size(); ++i) {
    const Slice& slice = plan.slices[i];
    const bool ours = slice.split == kSplitByContent
                          ? i / plan.slices_a_shard.at(row.split) == row.part
                          : slice.split == row.split && slice.part == row.part;
    if (ours) slices.push_back(i);
  }
  return slices;
}

// Writes the shard of `row` anew; nothing where no sample came of its inputs.
std::optional<UnitShard> remake(const BuildFolder& folder, const PlannedBuild& planned,
                                const ShardRow& row) {
  const Plan& plan = planned.plan;
  const std::vector<std::size_t> slices = slices_of_shard(plan, row);
  (void)write_slices(folder, plan, *planned.kind, slices, planned.options);
  std::vector<UnitRecord> units;
  for (const std::size_t slice : slices) {
    auto unit = find_unit(folder, plan, slice_unit(slice));
    if (!unit) throw Error(ErrorCode::kIo, "a shard that was just written does not verify");
    std::erase_if(unit->shards, [&](const UnitShard& shard) { return shard.split != row.split; });
    units.push_back(std::move(*unit));
  }
  std::vector<UnitShard> shards = join_fragments(folder, plan, units);
  if (shards.empty()) return std::nullopt;
  return std::move(shards.front());
}

// The reasons of inputs that were refused meanwhile, by their path.
std::map<std::string, std::string> rejects_of(const BuildFolder& folder, const Plan& plan,
                                              const ShardRow& row) {
  std::map<std::string, std::string> reasons;
  for (const std::size_t slice : slices_of_shard(plan, row)) {
    const fs::path file = folder.rejects_file(slice_unit(slice));
    if (fs::exists(file)) add_rejects(read_text(file), reasons);
  }
  return reasons;
}

void remake_and_compare(const fs::path& directory, const Manifest& manifest, const ShardRow& row,
                        const PlannedBuild& planned, const fs::path& place, RebuildReport& report) {
  const Scratch scratch(place);  // a shard's worth of disk at a time
  const BuildFolder folder(scratch.path(), planned.plan.build);
  save_plan(folder, planned.plan);
  const std::string stem = manifest.shard_stem(row);
  const auto shard = remake(folder, planned, row);
  ++report.shards;
  if (!shard) {
    report.faults.push_back({.code = ErrorCode::kVersion,
                             .where = {.shard = stem},
                             .key = {},
                             .what = "the inputs give no sample of this shard"});
    return;
  }
  report.samples += row.samples();
  const ShardPair pair{.stored = (directory / stem).string(),
                       .rebuilt = (folder.shards() / shard->name).string(),
                       .shard = stem,
                       .row = row,
                       .summary = shard->summary};
  const std::uint64_t same = manifest.container == planned.plan.container ? compare_files(pair) : 0;
  report.bytes += same;
  if (same == 0) compare_samples(pair, rejects_of(folder, planned.plan, row), report.faults);
}

}  // namespace

std::vector<std::size_t> choose_shards(const Manifest& manifest, std::uint64_t millionths) {
  std::vector<std::size_t> chosen;
  std::size_t least = 0;
  std::uint64_t least_rank = ~std::uint64_t{0};
  for (std::size_t i = 0; i < manifest.shards.size(); ++i) {
    const std::string name = manifest.plan + "/" + manifest.shard_stem(manifest.shards[i]);
    const std::uint64_t rank = xxh3_128(as_bytes(name)).low % kMillion;
    if (rank < millionths) chosen.push_back(i);
    if (rank < least_rank) {
      least = i;
      least_rank = rank;
    }
  }
  if (chosen.empty() && millionths != 0 && !manifest.shards.empty()) chosen.push_back(least);
  return chosen;
}

RebuildReport rebuild_part(const fs::path& directory, const BuildOptions& options,
                           std::uint64_t millionths, const fs::path& scratch) {
  RebuildReport report;
  const Manifest manifest = read_manifest(directory);
  const Recorded recorded = recorded_in(directory, manifest);
  PlannedBuild planned = plan_build(options);
  check_recorded(recorded, planned);
  if (planned.plan.build != recorded.build) {
    report.faults = compare_inputs(directory, manifest, planned);
    return report;
  }
  {
    const Scratch surveyed(scratch);
    survey(planned.plan, BuildFolder(surveyed.path(), planned.plan.build), *planned.kind,
           planned.options);
  }
  if (planned.plan.id != manifest.plan) {
    report.faults = compare_inputs(directory, manifest, planned);
    return report;
  }
  for (const std::size_t index : choose_shards(manifest, millionths)) {
    check_interrupted();
    remake_and_compare(directory, manifest, manifest.shards[index], planned, scratch, report);
  }
  return report;
}

}  // namespace dsprep
