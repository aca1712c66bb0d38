#include "tools/ingest/commit.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "dsprep/verify.h"
#include "dsprep/version.h"
#include "formats/common/file.h"
#include "tools/ingest/image_policy.h"
#include "tools/ingest/join.h"
#include "tools/ingest/leaks.h"
#include "tools/ingest/publish.h"
#include "tools/ingest/slice_writer.h"
#include "tools/ingest/train_stats.h"

namespace dsprep {
namespace fs = std::filesystem;
namespace {

using nlohmann::json;

constexpr const char* kRejectsName = "rejects.jsonl";
constexpr const char* kTableName = "table.json";
std::string tokenizer_name(const Plan& plan) {
  return "tokenizer." + std::string(tokenizer_extension(plan.tokenizer));
}
constexpr std::size_t kNamedMissing = 10;

std::vector<UnitRecord> all_units(const BuildFolder& folder, const Plan& plan) {
  std::vector<UnitRecord> units;
  std::vector<std::size_t> missing;
  for (std::size_t slice = 0; slice < plan.slices.size(); ++slice) {
    if (auto unit = find_unit(folder, plan, slice_unit(slice))) {
      units.push_back(std::move(*unit));
    } else {
      missing.push_back(slice);
    }
  }
  if (missing.empty()) return units;
  std::string names;
  for (std::size_t i = 0; i < std::min(missing.size(), kNamedMissing); ++i) {
    names += (i == 0 ? "" : ", ") + slice_unit(missing[i]);
  }
  if (missing.size() > kNamedMissing) names += ", …";
  throw Error(ErrorCode::kNotFound,
              std::to_string(missing.size()) + " of " + std::to_string(plan.slices.size()) +
                  " slices are not written, or not by this plan: " + names,
              {.file = folder.work.string()}, "run their tasks (again)");
}

void check_max_rejects(const std::optional<MaxRejects>& limit, std::uint64_t rejected,
                       std::uint64_t samples) {
  if (!limit) return;
  const std::uint64_t inputs = rejected + samples;
  const bool over =
      limit->percent ? rejected * 100 > limit->count * inputs : rejected > limit->count;
  if (!over) return;
  throw Error(ErrorCode::kRejected,
              std::to_string(rejected) + " of " + std::to_string(inputs) +
                  " inputs are rejected, more than --max-rejects allows",
              {}, "mend them or raise the limit; what is written is kept");
}

// Links the shards under their final names; fills rows and splits of the manifest.
void stage_shards(const BuildFolder& folder, const Plan& plan, const std::vector<UnitShard>& shards,
                  Manifest& manifest) {
  for (const std::string& split : plan.splits) manifest.splits.push_back({split, 0, 0});
  manifest.digits =
      static_cast<unsigned>(std::max<std::size_t>(5, std::to_string(plan.slices.size()).size()));
  for (const UnitShard& shard : shards) {
    SplitInfo& split = manifest.splits[shard.split];
    const ShardRow row{.split = shard.split,
                       .number = split.shards,
                       .part = shard.part,
                       .first = split.samples,
                       .digest = shard.summary.digest,
                       .files = shard.summary.files};
    const auto files = files_of(folder, shard);
    for (std::size_t i = 0; i < files.size(); ++i) {
      link_file(files[i], folder.staged() / (manifest.shard_stem(row) + row.files[i].suffix));
    }
    ++split.shards;
    split.samples += row.samples();
    manifest.shards.push_back(row);
  }
}

void add_other(const BuildFolder& folder, Manifest& manifest, const std::string& name,
               const std::string& text) {
  if (text.empty()) return;
  write_whole(folder.staged() / name, as_bytes(text));
  manifest.others.push_back({name, text.size(), xxh3_128(as_bytes(text))});
}

std::string rejects_text(const BuildFolder& folder, const Plan& plan,
                         const std::vector<UnitRecord>& units) {
  std::string text;
  for (const Reject& reject : plan.listing_rejects) text += reject_line(reject, reject.path);
  for (std::size_t slice = 0; slice < units.size(); ++slice) {
    if (units[slice].rejects != 0) text += read_text(folder.rejects_file(slice_unit(slice)));
  }
  return text;
}

std::string provenance(const Plan& plan, const std::vector<UnitRecord>& units) {
  Digest inputs;
  LeftOut left_out;
  std::uint64_t bytes = 0;
  for (const UnitRecord& unit : units) {
    inputs.append(unit.inputs);
    left_out.add(unit.left_out);
    bytes += unit.bytes;
  }
  json out = {{"dsprep", version()},
              {"build", plan.build},
              {"options", json::parse(plan.options)},
              {"canary", json::parse(plan.canary)},
              {"inputs",
               {{"files", plan.entries.size()},
                {"bytes", bytes},
                {"count", inputs.count()},
                {"fingerprint", to_hex(inputs.polynomial())}}},
              {"ignored", json::parse(plan.ignored)}};
  for (const LeftOutCount& each : kLeftOutCounts)
    if (left_out.*each.count != 0) out[each.name] = left_out.*each.count;
  if (plan.kind == "image") out["pixels"] = image_policy(out["options"]["image"]);
  if (!plan.tokenizer.empty())
    out["tokenizer"] = {{"file", tokenizer_name(plan)},
                        {"fingerprint", to_hex(xxh3_128(as_bytes(plan.tokenizer)))}};
  if (!plan.table.empty())
    out["table"] = {{"file", kTableName}, {"fingerprint", to_hex(xxh3_128(as_bytes(plan.table)))}};
  return out.dump();
}

std::uint64_t train_samples(const Plan& plan, const UnitRecord& unit) {
  std::uint64_t samples = 0;
  for (const UnitShard& shard : unit.shards)
    if (shard.split == plan.train_split()) samples += shard.summary.digest.count();
  return samples;
}

// None where a unit's counts are not those of all its samples in train, gone or damaged.
std::optional<ValueCounts> counts_of(const BuildFolder& folder, const Plan& plan,
                                     const std::vector<UnitRecord>& units) {
  ValueCounts sum(plan.schema);
  for (std::size_t slice = 0; slice < units.size(); ++slice) {
    const std::uint64_t samples = train_samples(plan, units[slice]);
    if (samples == 0) continue;
    const fs::path file = folder.counts_file(slice_unit(slice));
    if (!units[slice].counts || !fs::exists(file)) return std::nullopt;
    const std::string counts = read_text(file);
    ValueCounts own(plan.schema);
    if (xxh3_128(as_bytes(counts)) != *units[slice].counts || !own.load(as_bytes(counts)) ||
        own.samples() != samples)
      return std::nullopt;
    sum.merge(own);
  }
  return sum;
}

void check_staged(const BuildFolder& folder) {
  const VerifyReport report = verify_dataset(folder.staged(), Depth::kQuick);
  if (report.faults.empty()) return;
  const Fault& fault = report.faults.front();
  throw Error(fault.code, "the finished dataset does not verify: " + fault.what, fault.where,
              "run the command again");
}

// Why there is no sample: inputs were refused, or what was left out is all there is.
[[noreturn]] void refuse_empty(const BuildFolder& folder, const Plan& plan,
                               const std::vector<UnitRecord>& units) {
  LeftOut left_out;
  for (const UnitRecord& unit : units) left_out.add(unit.left_out);
  std::string what = "no input gave a sample";
  const char* before = "; counted: ";
  for (const LeftOutCount& each : kLeftOutCounts) {
    if (left_out.*each.count == 0) continue;
    what += before + std::string(each.name) + " " + std::to_string(left_out.*each.count);
    before = ", ";
  }
  std::string remedy = "look whether the inputs hold more than a head";
  left_out.blank = 0;
  if (left_out != LeftOut{}) remedy = "choose shorter windows or smaller tiles";
  const auto unit = std::ranges::find_if(units, [](const UnitRecord& u) { return u.rejects != 0; });
  const auto slice = static_cast<std::size_t>(unit - units.begin());
  if (unit != units.end()) {
    remedy = "see " + folder.rejects_file(slice_unit(slice)).string();
  } else if (!plan.listing_rejects.empty()) {
    const Reject& first = plan.listing_rejects.front();
    remedy = "the first of those refused: " + first.path + ": " + first.reason;
  }
  throw Error(plan.kind == "image" ? ErrorCode::kNoImages : ErrorCode::kNotFound, what,
              {.file = folder.out.string()}, remedy);
}

}  // namespace

Manifest commit_build(const BuildFolder& folder, const Plan& plan, const BuildOptions& options) {
  const std::vector<UnitRecord> units = all_units(folder, plan);
  Manifest manifest;
  manifest.kind = plan.kind;
  manifest.container = plan.container;
  manifest.schema = plan.schema;
  manifest.classes = plan.classes;
  manifest.plan = plan.id;
  manifest.rejected = plan.listing_rejects.size();
  std::uint64_t samples = 0;
  for (const UnitRecord& unit : units) {
    manifest.rejected += unit.rejects;
    samples += unit.samples();
  }
  check_max_rejects(options.max_rejects, manifest.rejected, samples);
  if (samples == 0) refuse_empty(folder, plan, units);
  manifest.provenance = provenance(plan, units);
  const std::vector<UnitShard> shards = join_fragments(folder, plan, units);
  remove_tree(folder.staged());
  make_folders(folder.staged());
  stage_shards(folder, plan, shards, manifest);
  add_other(folder, manifest, kRejectsName, rejects_text(folder, plan, units));
  add_other(folder, manifest, tokenizer_name(plan), plan.tokenizer);
  add_other(folder, manifest, kTableName, plan.table);
  write_manifest(folder.staged(), manifest);
  check_staged(folder);
  if (options.forbid_leak) refuse_leaks(folder.staged(), options.jobs);
  if (options.stats) {
    PixelCounts pixels;
    for (const UnitRecord& unit : units) pixels.add(unit.pixels);
    std::optional<ValueCounts> values = counts_of(folder, plan, units);
    write_train_stats(folder.staged(), options.jobs, pixels, values ? &*values : nullptr);
  }
  publish_dataset(folder.staged(), folder.out);
  remove_tree(folder.out / ".build");
  return manifest;
}

}  // namespace dsprep
