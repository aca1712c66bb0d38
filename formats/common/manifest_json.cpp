#include "formats/common/manifest_json.h"

#include <algorithm>
#include <array>
#include <set>

#include "formats/common/text.h"

namespace dsprep {
namespace {

using nlohmann::json;

constexpr const char* kFormat = "dsprep-dataset";
constexpr unsigned kMostDigits = 20;
constexpr std::array kKnownKeys = {"classes", "container", "digest", "digits",     "files",
                                   "format",  "kind",      "plan",   "provenance", "rejected",
                                   "samples", "schema",    "splits", "version"};

[[noreturn]] void corrupt(const std::string& what) { throw Error(ErrorCode::kCorrupt, what); }

json object_of(const std::string& text) {
  return text.empty() ? json::object() : json::parse(text);
}

void check_version(const json& object) {
  if (object.at("format") != kFormat) corrupt("is not the manifest of a dataset of dsprep");
  const auto major = object.at("version").at(0).get<std::uint32_t>();
  if (major <= kManifestMajor) return;
  throw Error(ErrorCode::kVersion,
              "written in dataset format " + object.at("version").dump() +
                  ", this program reads up to major version " + std::to_string(kManifestMajor),
              {}, "use a newer dsprep");
}

// Such a name is one component of a path and stays inside its folder.
bool is_file_name(std::string_view name) {
  const auto bad = [](char c) {
    return c == '/' || c == '\\' || static_cast<unsigned char>(c) < 0x20;
  };
  return !name.empty() && name.size() <= 255 && name.front() != '.' &&
         std::ranges::none_of(name, bad);
}

template <class Entries>
void check_names(const Entries& entries, const char* what) {
  std::set<std::string_view> names;
  for (const auto& entry : entries) {
    if (!is_file_name(entry.name))
      corrupt(std::string("the name of ") + what +
              " is no file name: " + escape_controls(entry.name));
    if (!names.insert(entry.name).second)
      corrupt(std::string("the name of ") + what + " stands twice: " + entry.name);
  }
}

void add(std::uint64_t& sum, std::uint64_t value) {
  if (__builtin_add_overflow(sum, value, &sum)) corrupt("more samples than 64 bits count");
}

// Rows of one split, from `row` on; returns the first row behind them.
std::size_t check_rows(const Manifest& manifest, std::size_t split, std::size_t row) {
  const SplitInfo& info = manifest.splits[split];
  std::uint64_t samples = 0;
  for (std::uint32_t number = 0; number < info.shards; ++number, ++row) {
    if (row >= manifest.shards.size()) corrupt("fewer shards than split " + info.name + " says");
    const ShardRow& shard = manifest.shards[row];
    if (shard.split != split || shard.number != number || shard.first != samples) {
      corrupt("row " + std::to_string(row) + " of shards.npy is not shard " +
              std::to_string(number) + " of split " + info.name);
    }
    add(samples, shard.samples());
  }
  if (samples != info.samples)
    corrupt("the shards of split " + info.name + " do not have its number of samples");
  return row;
}

}  // namespace

json manifest_to_json(const Manifest& manifest) {
  json object = object_of(manifest.unknown);
  object["format"] = kFormat;
  object["version"] = {kManifestMajor, kManifestMinor};
  object["kind"] = manifest.kind;
  object["container"] = container_name(manifest.container);
  object["schema"] = json::parse(schema_to_json(manifest.schema));
  object["classes"] = manifest.classes;
  object["splits"] = json::array();
  for (const SplitInfo& split : manifest.splits) {
    object["splits"].push_back(
        {{"name", split.name}, {"samples", split.samples}, {"shards", split.shards}});
  }
  object["samples"] = manifest.samples();
  object["rejected"] = manifest.rejected;
  object["digits"] = manifest.digits;
  object["plan"] = manifest.plan;
  object["provenance"] = object_of(manifest.provenance);
  object["digest"] = to_hex(dataset_digest(manifest));
  object["files"] = json::array();
  for (const OtherFile& file : manifest.others) {
    object["files"].push_back(
        {{"name", file.name}, {"bytes", file.bytes}, {"xxh3_128", to_hex(file.hash)}});
  }
  return object;
}

Manifest manifest_from_json(const json& object, Hash128& digest) {
  check_version(object);
  Manifest manifest;
  manifest.kind = object.at("kind");
  const auto container = container_from_name(object.at("container").get<std::string>());
  if (!container)
    throw Error(ErrorCode::kVersion, "a container that this version does not know", {},
                "use a newer dsprep");
  manifest.container = *container;
  manifest.schema = schema_from_json(object.at("schema").dump());
  manifest.classes = object.at("classes").get<std::vector<std::string>>();
  for (const json& split : object.at("splits")) {
    manifest.splits.push_back({split.at("name"), split.at("samples"), split.at("shards")});
  }
  manifest.rejected = object.at("rejected");
  manifest.digits = object.at("digits");
  manifest.plan = object.at("plan");
  manifest.provenance = object.at("provenance").dump();
  for (const json& file : object.at("files")) {
    manifest.others.push_back(
        {file.at("name"), file.at("bytes"), hash_from_json(file.at("xxh3_128"))});
  }
  if (object.at("samples") != manifest.samples())
    corrupt("the splits do not have its number of samples");
  digest = hash_from_json(object.at("digest"));

  json unknown = object;
  for (const char* key : kKnownKeys) unknown.erase(key);
  manifest.unknown = unknown.dump();
  return manifest;
}

void check_manifest(const Manifest& manifest) {
  check_names(manifest.splits, "a split");
  check_names(manifest.others, "a file");
  if (manifest.digits == 0 || manifest.digits > kMostDigits)
    corrupt("the width of the numbers in file names is not 1 to 20");
  std::uint64_t samples = 0;
  std::size_t row = 0;
  for (std::size_t split = 0; split < manifest.splits.size(); ++split) {
    add(samples, manifest.splits[split].samples);
    row = check_rows(manifest, split, row);
  }
  if (row != manifest.shards.size()) corrupt("more shards than the splits say");
}

}  // namespace dsprep
