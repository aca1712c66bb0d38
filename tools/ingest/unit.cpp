#include "tools/ingest/unit.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "formats/common/file.h"
#include "formats/common/sealed_json.h"

namespace dsprep {
using nlohmann::json;
namespace {

std::string numbered(const std::string& prefix, std::size_t number) {
  std::array<char, 32> digits{};
  std::snprintf(digits.data(), digits.size(), "-%05zu", number);
  return prefix + digits.data();
}

json to_json(const Digest& digest) {
  return {{"count", digest.count()}, {"hash", to_hex(digest.polynomial())}};
}
Digest digest_from_json(const json& in) { return {in.at("count"), hash_from_json(in.at("hash"))}; }

json to_json(const UnitShard& shard) {
  json files = json::array();
  for (const ShardFile& file : shard.summary.files) {
    files.push_back({{"suffix", file.suffix}, {"bytes", file.bytes}, {"hash", to_hex(file.hash)}});
  }
  return {{"name", shard.name},        {"split", shard.split},
          {"part", shard.part},        {"fragment", shard.fragment},
          {"files", std::move(files)}, {"digest", to_json(shard.summary.digest)}};
}

UnitShard shard_from_json(const json& in) {
  UnitShard shard{in.at("name"), in.at("split"), in.at("part"), in.at("fragment"), {}};
  shard.summary.digest = digest_from_json(in.at("digest"));
  for (const json& file : in.at("files")) {
    shard.summary.files.push_back(
        {file.at("suffix"), file.at("bytes"), hash_from_json(file.at("hash"))});
  }
  return shard;
}

json to_json(const LeftOut& left_out) {
  json out = json::object();
  for (const LeftOutCount& each : kLeftOutCounts) out[each.name] = left_out.*each.count;
  return out;
}

LeftOut left_out_from_json(const json& in) {
  LeftOut out;
  for (const LeftOutCount& each : kLeftOutCounts) out.*each.count = in.at(each.name);
  return out;
}

bool is_whole(const BuildFolder& folder, const Plan& plan, const UnitShard& shard) {
  const auto files = files_of(folder, shard);
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (InputFile(files[i]).size() != shard.summary.files[i].bytes) return false;
  }
  const auto reader = open_shard(files.back());
  return reader->header().plan == plan.id && reader->size() == shard.summary.digest.count();
}

}  // namespace

std::uint64_t UnitRecord::samples() const noexcept {
  std::uint64_t sum = 0;
  for (const UnitShard& shard : shards) sum += shard.summary.digest.count();
  return sum;
}

std::string slice_unit(std::size_t slice) { return numbered("slice", slice); }
std::string join_unit(const std::string& split, std::uint32_t group) {
  return numbered("join-" + split, group);
}

void save_unit(const BuildFolder& folder, const std::string& unit, const UnitRecord& record) {
  json shards = json::array();
  for (const UnitShard& shard : record.shards) shards.push_back(to_json(shard));
  json out = {{"plan", record.plan},           {"shards", std::move(shards)},
              {"rejects", record.rejects},     {"left_out", to_json(record.left_out)},
              {"bytes", record.bytes},         {"inputs", to_json(record.inputs)},
              {"stats", to_json(record.stats)}};
  if (record.pixels.samples != 0) out["pixels"] = to_json(record.pixels);
  if (record.counts) out["counts"] = to_hex(*record.counts);
  write_whole(folder.unit_file(unit), as_bytes(seal(out)));
}

std::optional<UnitRecord> find_unit(const BuildFolder& folder, const Plan& plan,
                                    const std::string& unit) {
  try {
    const json in = read_sealed(folder.unit_file(unit));
    UnitRecord record{.plan = in.at("plan"),
                      .shards = {},
                      .rejects = in.at("rejects"),
                      .left_out = left_out_from_json(in.at("left_out")),
                      .bytes = in.at("bytes"),
                      .inputs = digest_from_json(in.at("inputs")),
                      .stats = digest_from_json(in.at("stats")),
                      .pixels = {}};
    if (in.contains("pixels")) record.pixels = pixel_counts_from_json(in["pixels"]);
    if (in.contains("counts")) record.counts = hash_from_json(in["counts"]);
    if (record.plan != plan.id) return std::nullopt;
    for (const json& shard : in.at("shards")) {
      record.shards.push_back(shard_from_json(shard));
      if (!is_whole(folder, plan, record.shards.back())) return std::nullopt;
    }
    return record;
  } catch (const Error&) {
    return std::nullopt;
  } catch (const json::exception&) {
    return std::nullopt;
  }
}

void note_task(const BuildFolder& folder, const std::string& task, const std::string& reason) {
  const std::filesystem::path file = folder.work / ("failed-" + task);
  if (reason.empty()) {
    remove_file(file);
  } else {
    write_whole(file, as_bytes(reason));
  }
}

std::vector<std::pair<std::string, std::string>> failed_tasks(const BuildFolder& folder) {
  static constexpr std::string_view kPrefix = "failed-";
  std::vector<std::pair<std::string, std::string>> failed;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder.work, error)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(kPrefix))
      failed.emplace_back(name.substr(kPrefix.size()), read_text(entry.path()));
  }
  std::ranges::sort(failed);
  return failed;
}

std::vector<std::filesystem::path> files_of(const BuildFolder& folder, const UnitShard& shard) {
  std::vector<std::filesystem::path> files;
  for (const ShardFile& file : shard.summary.files)
    files.push_back(folder.shards() / (shard.name + file.suffix));
  return files;
}

}  // namespace dsprep
