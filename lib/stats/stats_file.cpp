// stats.json: the results of each field, bound to the dataset's digest.
#include "dsprep/error.h"
#include "dsprep/stats.h"
#include "formats/common/file.h"
#include "formats/common/sealed_json.h"

namespace dsprep {
namespace fs = std::filesystem;
namespace {

using nlohmann::json;

constexpr const char* kFormat = "dsprep stats";
constexpr int kVersion = 1;

json to_json(const NumberStats& numbers) {
  json out = {{"count", numbers.count}, {"mean", numbers.mean}, {"std", numbers.std}};
  out["min"] = numbers.min;
  out["max"] = numbers.max;
  return out;
}

json to_json(const FieldStats& stats) {
  json out = {{"split", stats.split},
              {"per", stats_per_name(stats.per)},
              {"leak", stats.leak},
              {"samples", stats.samples}};
  for (const ChannelStats& channel : stats.channels) {
    json entry = to_json(channel.numbers);
    entry["histogram"] = channel.histogram;
    out["channels"].push_back(std::move(entry));
  }
  if (stats.values) out["values"] = to_json(*stats.values);
  if (stats.lengths) out["lengths"] = to_json(*stats.lengths);
  for (const auto& [label, count] : stats.labels)
    out["labels"].push_back({{"label", label}, {"count", count}});
  return out;
}

// The fields of an earlier stats.json of the same dataset; nothing where it is of another one,
// damaged or not there.
json earlier_fields(const fs::path& path, const std::string& digest) {
  std::error_code ignored;
  if (!fs::exists(path, ignored)) return json::object();
  try {
    json earlier = read_sealed(path);
    if (earlier.value("version", 0) == kVersion && earlier.value("dataset", "") == digest &&
        earlier.contains("fields")) {
      return std::move(earlier["fields"]);
    }
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kCorrupt) throw;
  } catch (const json::exception&) {  // sealed, but of a form that this version does not know
  }
  return json::object();
}

}  // namespace

std::string stats_to_json(const FieldStats& stats) {
  json out = to_json(stats);
  out["field"] = stats.field;
  out["dataset"] = to_hex(stats.dataset);
  return out.dump();
}

void save_stats(const fs::path& directory, std::span<const FieldStats> results) {
  if (results.empty()) return;
  const fs::path path = directory / "stats.json";
  const std::string digest = to_hex(results.front().dataset);
  json fields = earlier_fields(path, digest);
  for (const FieldStats& stats : results) fields[stats.field] = to_json(stats);
  const std::string text =
      seal({{"format", kFormat}, {"version", kVersion}, {"dataset", digest}, {"fields", fields}});
  write_whole(path, as_bytes(text));
}

}  // namespace dsprep
