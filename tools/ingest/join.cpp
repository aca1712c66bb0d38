#include "tools/ingest/join.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "tools/ingest/phases.h"

namespace dsprep {
namespace {

// A split and the number of a group of slices.
using Group = std::pair<std::uint32_t, std::uint32_t>;

UnitShard join_group(const BuildFolder& folder, const Plan& plan, const Group& group,
                     const std::vector<UnitShard>& fragments) {
  const std::string& split = plan.splits[group.first];
  UnitShard shard{.name = "shard-" + split + "-" + std::to_string(group.second),
                  .split = group.first,
                  .part = group.second,
                  .fragment = false,
                  .summary = {}};
  const auto writer = create_shard(folder.shards() / shard.name, {.container = plan.container,
                                                                  .schema = plan.schema,
                                                                  .split = split,
                                                                  .part = shard.part,
                                                                  .plan = plan.id,
                                                                  .options = plan.options});
  ReadBuffer buffer;
  for (const UnitShard& fragment : fragments) {
    const auto reader = open_shard(files_of(folder, fragment).back());
    for (std::uint64_t i = 0; i < reader->size(); ++i) {
      check_interrupted();
      writer->append(reader->read(i, buffer));
    }
  }
  const auto pending = writer->finish();
  shard.summary = pending->summary();
  pending->publish();
  return shard;
}

}  // namespace

std::vector<UnitShard> join_fragments(const BuildFolder& folder, const Plan& plan,
                                      const std::vector<UnitRecord>& units) {
  std::vector<UnitShard> shards;
  std::map<Group, std::vector<UnitShard>> groups;
  for (const UnitRecord& unit : units) {
    for (const UnitShard& shard : unit.shards) {
      if (shard.fragment) {
        groups[{shard.split, shard.part / plan.slices_a_shard[shard.split]}].push_back(shard);
      } else {
        shards.push_back(shard);
      }
    }
  }
  for (const auto& [group, fragments] : groups) {
    const std::string name = join_unit(plan.splits[group.first], group.second);
    auto record = find_unit(folder, plan, name);
    if (!record) {
      record.emplace();
      record->plan = plan.id;
      record->shards = {join_group(folder, plan, group, fragments)};
      save_unit(folder, name, *record);
    }
    shards.push_back(record->shards.at(0));
  }
  std::ranges::sort(shards, {},
                    [](const UnitShard& shard) { return std::tuple(shard.split, shard.part); });
  return shards;
}

}  // namespace dsprep
