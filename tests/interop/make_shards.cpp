// Writes shards for other software to read, and reads shards that other software wrote. See
// interop_test.py.
//   make_shards write FOLDER   a small dataset of each container, and samples.json: what is in them
//   make_shards read FILE      prints what open_shard() reads from the file, in the same form
#include <cstdio>
#include <cstring>
#include <nlohmann/json.hpp>

#include "contract/samples.h"
#include "dsprep/manifest.h"
#include "formats/common/file.h"
#include "formats/wds/tar_name.h"

using namespace dsprep;
using namespace dsprep::test;
namespace fs = std::filesystem;
using nlohmann::json;

namespace {

constexpr std::size_t kSamples = 60;
constexpr std::size_t kFirstShard = 40;

std::string hex(Bytes bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  for (const std::byte byte : bytes) {
    out += kDigits[std::to_integer<unsigned>(byte) >> 4];
    out += kDigits[std::to_integer<unsigned>(byte) & 15];
  }
  return out;
}

json to_json(const Schema& schema, const Record& record) {
  json fields = json::object();
  for (std::size_t i = 0; i < schema.fields.size(); ++i) {
    const auto extents = record.fields[i].shape.extents();
    fields[schema.fields[i].name] = {
        {"bytes", hex(record.fields[i].bytes)},
        {"shape", std::vector<std::uint64_t>(extents.begin(), extents.end())}};
  }
  return {{"key", hex(as_bytes(record.key))}, {"fields", fields}};
}

// Programs that unpack a tar need names that the file system can hold.
bool can_be_unpacked(const Sample& sample) {
  const std::string name = tar_name(sample.key, sample.ambiguous_stem);
  std::size_t longest = 0;
  for (std::size_t at = 0, slash = 0; slash != name.npos; at = slash + 1) {
    slash = name.find('/', at);
    longest = std::max(longest, std::min(slash, name.size()) - at);
  }
  return longest <= 200;
}

// Pictures that begin as real ones do, text and JSON that can be decoded.
std::vector<Sample> interop_samples() {
  std::vector<Sample> samples = wide_samples(kSamples + 10, 40);
  std::erase_if(samples, [](const Sample& sample) { return !can_be_unpacked(sample); });
  samples.resize(kSamples);
  const std::vector<std::string> magics = {"\xFF\xD8\xFF\xE0", "\x89PNG\r\n\x1A\n", "GIF89a", ""};
  for (std::size_t i = 0; i < samples.size(); ++i) {
    Sample& sample = samples[i];
    const auto set = [&](std::size_t field, std::string bytes) {
      sample.shapes[field] = {bytes.size()};
      sample.values[field] = std::move(bytes);
    };
    set(0, magics[i % magics.size()] + sample.values[0]);
    set(3, i % 5 == 0 ? "" : "d\xC3\xA4mon " + std::to_string(i));
    set(4, "{\"number\": " + std::to_string(i) + "}");
  }
  return samples;
}

void write_dataset(const fs::path& folder, Container container, std::span<const Sample> samples) {
  fs::create_directories(folder);
  Manifest manifest;
  manifest.kind = "image";
  manifest.container = container;
  manifest.schema = wide_schema();
  manifest.splits = {{"train", samples.size(), 2}};
  manifest.plan = "plan-1";
  std::uint64_t first = 0;
  for (const std::uint32_t number : {0U, 1U}) {
    const auto part = number == 0 ? samples.first(kFirstShard) : samples.subspan(kFirstShard);
    ShardRow row{
        .split = 0, .number = number, .part = number, .first = first, .digest = {}, .files = {}};
    ShardHeader header = header_for(container);
    header.part = number;
    const ShardSummary summary = write_shard(folder / manifest.shard_stem(row), header, part);
    row.digest = summary.digest;
    row.files = summary.files;
    manifest.shards.push_back(row);
    first += part.size();
  }
  write_manifest(folder, manifest);
}

void write_all(const fs::path& folder) {
  const std::vector<Sample> samples = interop_samples();
  for (const Container container : kContainers) {
    write_dataset(folder / container_name(container), container, samples);
  }
  json listing = {{"schema", json::parse(schema_to_json(wide_schema()))},
                  {"samples", json::array()}};
  std::vector<FieldValue> fields;
  for (const Sample& sample : samples) {
    json entry = to_json(wide_schema(), record_of(sample, fields));
    entry["tar_name"] = hex(as_bytes(tar_name(sample.key, sample.ambiguous_stem)));
    listing["samples"].push_back(entry);
  }
  write_whole(folder / "samples.json", as_bytes(listing.dump(1)));
}

void read_one(const fs::path& file) {
  const auto reader = open_shard(file);
  const Schema& schema = reader->header().schema;
  json listing = {{"schema", json::parse(schema_to_json(schema))},
                  {"foreign", reader->foreign()},
                  {"samples", json::array()}};
  ReadBuffer buffer;
  for (std::uint64_t i = 0; i < reader->size(); ++i) {
    listing["samples"].push_back(to_json(schema, reader->read(i, buffer)));
  }
  std::puts(listing.dump(1).c_str());
}

}  // namespace

int main(int count, char** arguments) try {
  if (count == 3 && std::strcmp(arguments[1], "write") == 0) return write_all(arguments[2]), 0;
  if (count == 3 && std::strcmp(arguments[1], "read") == 0) return read_one(arguments[2]), 0;
  std::fputs("usage: make_shards write FOLDER | read FILE\n", stderr);
  return 2;
} catch (const std::exception& error) {
  std::fprintf(stderr, "make_shards: %s\n", error.what());
  return 1;
}
