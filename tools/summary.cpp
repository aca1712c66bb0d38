#include "tools/summary.h"

#include <algorithm>
#include <map>

#include "dsprep/stats.h"
#include "formats/common/file.h"
#include "formats/common/parallel.h"
#include "formats/common/wide.h"
#include "lib/stats/moments.h"
#include "tools/target.h"

namespace dsprep {
namespace fs = std::filesystem;
namespace {

using nlohmann::json;
constexpr std::uint64_t kChunk = 256;
constexpr std::size_t kBins = 64;  // of a histogram of lengths, at most

// Lengths of one field's values, in elements. In a second pass they are counted in bins of equal
// width between the least and the greatest.
struct FieldLengths {
  Moments moments;
  std::vector<std::uint64_t> bins;
  bool second = false;  // pass

  void open_bins() {
    second = true;
    if (moments.count() == 0 || moments.min() == moments.max()) return;
    bins.resize(std::min<std::size_t>(kBins, span()));
  }
  void add(std::int64_t length) {
    if (!second) return moments.add(length);
    if (bins.empty()) return;
    const auto place = static_cast<std::uint64_t>(length - moments.min());
    ++bins[static_cast<std::size_t>(Wide{place} * bins.size() / span())];
  }
  void merge(const FieldLengths& other) {
    if (!second) return moments.merge(other.moments);
    for (std::size_t i = 0; i < bins.size(); ++i) bins[i] += other.bins[i];
  }

 private:
  std::uint64_t span() const {
    return static_cast<std::uint64_t>(moments.max() - moments.min()) + 1;
  }
};
using Lengths = std::vector<FieldLengths>;  // one a field; those of fixed shape stay empty

json parse_or_text(const std::string& text) {
  if (text.empty()) return json::object();
  json value = json::parse(text, nullptr, false);
  return value.is_discarded() ? json(text) : value;
}

// Lengths in elements, from the index alone.
void add_lengths(const ShardReader& shard, std::uint64_t begin, std::uint64_t end,
                 Lengths& lengths) {
  const Schema& schema = shard.header().schema;
  for (std::uint64_t position = begin; position < end; ++position) {
    const std::vector<Extent> extents = shard.extents(position);
    for (std::size_t i = 0; i < schema.fields.size() && i < extents.size(); ++i) {
      const Field& field = schema.fields[i];
      if (field.ragged())
        lengths[i].add(static_cast<std::int64_t>(extents[i].length / dtype_size(field.dtype)));
    }
  }
}

void add_lengths(const Dataset& data, unsigned jobs, Lengths& lengths) {
  for (std::size_t row = 0; row < data.manifest().shards.size(); ++row) {
    if (data.manifest().splits[data.manifest().shards[row].split].name != data.split()) continue;
    const auto shard = data.shard(row);
    Lengths empty = lengths;
    for (FieldLengths& field : empty) {
      if (!field.second) field.moments = {};
      std::ranges::fill(field.bins, std::uint64_t{0});
    }
    std::vector<Lengths> parts(jobs, empty);
    parallel_chunks(shard->size(), kChunk, jobs,
                    [&](std::uint64_t begin, std::uint64_t end, unsigned worker) {
                      add_lengths(*shard, begin, end, parts[worker]);
                    });
    for (const Lengths& part : parts) {
      for (std::size_t i = 0; i < lengths.size(); ++i) lengths[i].merge(part[i]);
    }
  }
}

json describe_fields(const Schema& schema, const Lengths& lengths) {
  json fields = json::parse(schema_to_json(schema));
  for (std::size_t i = 0; i < lengths.size(); ++i) {
    const Moments& moments = lengths[i].moments;
    if (moments.count() == 0) continue;
    fields[i]["lengths"] = {
        {"min", moments.min()}, {"mean", moments.mean()}, {"max", moments.max()}};
    if (!lengths[i].bins.empty()) fields[i]["lengths"]["histogram"] = lengths[i].bins;
  }
  return fields;
}

// Samples of each label in each split.
using LabelCounts = std::map<std::int64_t, std::map<std::string, std::uint64_t>>;

LabelCounts count_labels(const std::vector<Dataset>& splits, unsigned jobs) {
  LabelCounts counts;
  for (const Dataset& data : splits) {
    for (const Field& field : data.schema().fields) {
      if (field.encoding != Encoding::kClass) continue;
      for (const auto& [label, count] :
           fit_stats(data, field.name, {.jobs = jobs, .allow_leak = true}).labels) {
        counts[label][data.split()] += count;
      }
      break;  // classes are names of one field
    }
  }
  return counts;
}

json describe_classes(const std::vector<std::string>& classes, const LabelCounts& counts,
                      json& warnings) {
  json out = json::array();
  for (std::size_t i = 0; i < classes.size(); ++i) {
    const auto found = counts.find(static_cast<std::int64_t>(i));
    const auto samples =
        found == counts.end() ? std::map<std::string, std::uint64_t>() : found->second;
    out.push_back({{"label", i}, {"name", classes[i]}, {"samples", samples}});
    if (!samples.contains("train"))
      warnings.push_back("class " + classes[i] + " has no sample in train");
  }
  if (classes.size() == 1) warnings.push_back("there is one class only: " + classes[0]);
  for (const auto& [label, samples] : counts) {
    const bool named = label >= 0 && static_cast<std::uint64_t>(label) < classes.size();
    if (!classes.empty() && !named)
      warnings.push_back("label " + std::to_string(label) + " has no class name");
  }
  return out;
}

json describe_splits(const Manifest& manifest, json& warnings) {
  json out = json::array();
  for (std::size_t i = 0; i < manifest.splits.size(); ++i) {
    const SplitInfo& split = manifest.splits[i];
    std::uint64_t bytes = 0;
    for (const ShardRow& row : manifest.shards) {
      for (const ShardFile& file : row.files) bytes += row.split == i ? file.bytes : 0;
    }
    out.push_back({{"name", split.name},
                   {"samples", split.samples},
                   {"shards", split.shards},
                   {"bytes", bytes}});
    if (split.samples == 0) warnings.push_back("split " + split.name + " has no samples");
  }
  return out;
}

}  // namespace

json summarize_dataset(const fs::path& directory, unsigned jobs) {
  const Manifest manifest = read_manifest(directory);
  const std::vector<Dataset> splits = open_splits(directory);
  json warnings = json::array();
  json about = {{"kind", manifest.kind},
                {"container", container_name(manifest.container)},
                {"digest", to_hex(dataset_digest(manifest))},
                {"plan", manifest.plan},
                {"samples", manifest.samples()},
                {"shards", manifest.shards.size()},
                {"rejected", manifest.rejected},
                {"made", parse_or_text(manifest.provenance)}};
  about["splits"] = describe_splits(manifest, warnings);
  std::uint64_t bytes = 0;
  for (const json& split : about["splits"]) bytes += split["bytes"].get<std::uint64_t>();
  about["bytes"] = bytes;
  Lengths lengths(manifest.schema.fields.size());
  for (const Dataset& data : splits) add_lengths(data, jobs, lengths);
  for (FieldLengths& field : lengths) field.open_bins();
  for (const Dataset& data : splits) add_lengths(data, jobs, lengths);
  about["fields"] = describe_fields(manifest.schema, lengths);
  about["classes"] = describe_classes(manifest.classes, count_labels(splits, jobs), warnings);
  if (manifest.rejected != 0) {
    warnings.push_back(std::to_string(manifest.rejected) +
                       " inputs were rejected: rejects.jsonl lists them");
  }
  about["warnings"] = warnings;
  return about;
}

json summarize_shard(const fs::path& file) {
  const auto shard = open_shard_target(file);
  const ShardHeader& header = shard->header();
  Lengths lengths(header.schema.fields.size());
  add_lengths(*shard, 0, shard->size(), lengths);
  for (FieldLengths& field : lengths) field.open_bins();
  add_lengths(*shard, 0, shard->size(), lengths);
  json about = {{"container", container_name(header.container)},
                {"samples", shard->size()},
                {"foreign", shard->foreign()},
                {"bytes", InputFile(file).size()},
                {"fields", describe_fields(header.schema, lengths)},
                {"made", parse_or_text(header.options)},
                {"warnings", json::array()}};
  if (shard->foreign()) {
    about["warnings"].push_back(
        "written by other software: no checksums, so damage cannot be found");
    return about;
  }
  about["split"] = header.split;
  about["part"] = header.part;
  about["plan"] = header.plan;
  return about;
}

}  // namespace dsprep
