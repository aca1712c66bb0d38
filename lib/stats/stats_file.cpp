// stats.json: the results of each field, bound to the dataset's digest.
#include "dsprep/error.h"
#include "dsprep/stats.h"
#include "formats/common/file.h"
#include "formats/common/sealed_json.h"
#include "lib/stats/stats_json.h"

namespace dsprep {
namespace fs = std::filesystem;
namespace {

using nlohmann::json;

constexpr const char* kFormat = "dsprep stats";
constexpr int kVersion = 1;

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

json read_stats(const fs::path& path) {
  std::error_code ignored;
  if (!fs::exists(path, ignored)) {
    throw Error(ErrorCode::kNotFound, "there are no statistics", {.file = path.string()},
                "fit them: dsprep stats DIR");
  }
  json stats = read_sealed(path);
  const json version = stats.value("version", json());
  if (stats.value("format", json()) != kFormat || !version.is_number_integer())
    throw Error(ErrorCode::kCorrupt, "this is no stats.json", {.file = path.string()});
  if (version != kVersion) {
    throw Error(ErrorCode::kVersion,
                "version " + version.dump() + " of stats.json, this dsprep reads " +
                    std::to_string(kVersion),
                {.file = path.string()}, "fit them again: dsprep stats DIR");
  }
  return stats;
}

const json& field_entry(const json& stats, std::string_view field, const fs::path& path) {
  const json& fields = stats.at("fields");
  const auto found = fields.find(std::string(field));
  if (found != fields.end()) return *found;
  std::string known;
  for (const auto& entry : fields.items()) known += (known.empty() ? "" : ", ") + entry.key();
  throw Error(ErrorCode::kNotFound, "no statistics of this field; there are those of " + known,
              {.file = path.string(), .field = std::string(field)},
              "fit them: dsprep stats DIR --field " + std::string(field));
}

void check_use(const FieldStats& stats, const Dataset& data, const LoadStatsOptions& options,
               const fs::path& path) {
  const Where where{.file = path.string(), .field = stats.field};
  const std::string digest = to_hex(dataset_digest(data.manifest()));
  if (to_hex(stats.dataset) != digest && !options.allow_other_dataset) {
    throw Error(ErrorCode::kVersion,
                "these statistics were fitted on the dataset " + to_hex(stats.dataset) +
                    ", this one is " + digest,
                where, "fit them on this one, or allow another dataset by name");
  }
  if ((stats.leak || stats.split != "train") && !options.allow_leak) {
    throw Error(ErrorCode::kUsage,
                "these statistics were fitted on " + stats.split + ", not on train", where,
                "fit them on train, or allow the leak by name");
  }
}

}  // namespace

void save_stats(const fs::path& directory, std::span<const FieldStats> results) {
  if (results.empty()) return;
  const fs::path path = directory / "stats.json";
  const std::string digest = to_hex(results.front().dataset);
  json fields = earlier_fields(path, digest);
  for (const FieldStats& stats : results) fields[stats.field] = stats_json(stats);
  const std::string text =
      seal({{"format", kFormat}, {"version", kVersion}, {"dataset", digest}, {"fields", fields}});
  write_whole(path, as_bytes(text));
}

FieldStats load_stats(const fs::path& directory, const Dataset& data, std::string_view field,
                      const LoadStatsOptions& options) {
  const fs::path path = directory / "stats.json";
  FieldStats stats;
  try {
    const json file = read_stats(path);
    stats = stats_from_json(field_entry(file, field, path));
    const auto dataset = hash128_from_hex(file.at("dataset").get<std::string>());
    if (!dataset) throw Error(ErrorCode::kCorrupt, "no digest", {.file = path.string()});
    stats.dataset = *dataset;
  } catch (const json::exception& error) {
    throw Error(ErrorCode::kCorrupt, std::string("not what stats.json holds: ") + error.what(),
                {.file = path.string()}, "fit them again: dsprep stats DIR");
  }
  stats.field = field;
  check_use(stats, data, options, path);
  return stats;
}

FieldStats load_stats(const Dataset& data, std::string_view field,
                      const LoadStatsOptions& options) {
  return load_stats(data.directory(), data, field, options);
}

}  // namespace dsprep
