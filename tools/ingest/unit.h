// Units: what has been finished. Each slice that is written, and each shard that is joined from
// fragments, leaves one small sealed record, renamed into place after its shards are synced. There
// is no journal, and no lock.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "dsprep/shard.h"
#include "tools/ingest/plan.h"

namespace dsprep {

/// A shard, or a fragment of one, that a unit has made: BuildFolder::shards() / name + suffixes.
struct UnitShard {
  std::string name;
  std::uint32_t split = 0;
  std::uint32_t part = 0;
  bool fragment = false;  ///< to be joined with those of other slices; always a tar
  ShardSummary summary;
};

struct UnitRecord {
  std::string plan;
  std::vector<UnitShard> shards;
  std::uint64_t rejects = 0;  ///< lines in BuildFolder::rejects_file(unit)
  LeftOut left_out;
  std::uint64_t bytes = 0;  ///< of input
  Digest inputs;            ///< of the hashes of its inputs
  Digest stats;             ///< of size, time and inode of its inputs; private, never published
  PixelCounts pixels;       ///< with --stats, where they can be counted while pictures are made
  std::optional<Hash128> counts = {};  ///< of BuildFolder::counts_file(unit), where there is one

  std::uint64_t samples() const noexcept;
};

std::string slice_unit(std::size_t slice);                             ///< "slice-00012"
std::string join_unit(const std::string& split, std::uint32_t group);  ///< "join-val-00003"

void save_unit(const BuildFolder& folder, const std::string& unit, const UnitRecord& record);

/// The record, where it is whole and of this plan, and its shards are there with their sizes,
/// headers and footers.
std::optional<UnitRecord> find_unit(const BuildFolder& folder, const Plan& plan,
                                    const std::string& unit);

/// Notes that a task failed, and why, for `dsprep status`; or, with an empty reason, that it is at
/// work again.
void note_task(const BuildFolder& folder, const std::string& task, const std::string& reason);
std::vector<std::pair<std::string, std::string>> failed_tasks(
    const BuildFolder& folder);  ///< task, reason

/// The files of a unit's shard, in BuildFolder::shards().
std::vector<std::filesystem::path> files_of(const BuildFolder& folder, const UnitShard& shard);

}  // namespace dsprep
