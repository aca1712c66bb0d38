#include "dsprep/manifest.h"

#include <algorithm>

#include "formats/common/bytes.h"
#include "formats/common/file.h"
#include "formats/common/manifest_json.h"
#include "formats/common/sealed_json.h"
#include "formats/common/shard_table.h"

namespace dsprep {
namespace fs = std::filesystem;
namespace {

[[noreturn]] void refuse_missing(const fs::path& directory) {
  std::error_code ignored;
  const Where where{.file = directory.string()};
  if (fs::exists(directory / ".build", ignored)) {
    throw Error(ErrorCode::kNotFound, "an unfinished build stands here", where,
                "run the same build-shards command again to go on");
  }
  if (!fs::exists(directory, ignored)) throw Error(ErrorCode::kNotFound, "no such folder", where);
  throw Error(ErrorCode::kNotFound, "no dataset here: the folder has no dataset.json", where);
}

// Runs `check` so that its errors name `file`.
template <class Check>
auto in_file(const fs::path& file, Check check) {
  try {
    return check();
  } catch (const Error& error) {
    if (!error.where().file.empty()) throw;
    Where where = error.where();
    where.file = file.string();
    throw Error(error.code(), error.message(), where, error.remedy());
  }
}

void check_size(const fs::path& path, std::uint64_t expected) {
  std::error_code error;
  const Where where{.file = path.string()};
  const std::uint64_t bytes = fs::file_size(path, error);
  if (error)
    throw Error(ErrorCode::kCorrupt,
                "dataset.json names it, but it cannot be read: " + error.message(), where);
  if (bytes == expected) return;
  throw Error(
      ErrorCode::kCorrupt,
      "has " + std::to_string(bytes) + " bytes, dataset.json says " + std::to_string(expected),
      where);
}

void read_table(const fs::path& directory, Manifest& manifest) {
  const fs::path path = directory / kShardTableName;
  const auto entry = std::ranges::find(manifest.others, kShardTableName, &OtherFile::name);
  if (entry == manifest.others.end()) throw Error(ErrorCode::kCorrupt, "does not name shards.npy");
  const std::vector<std::string> suffixes = shard_suffixes(manifest.container, manifest.schema);
  std::uint64_t count = 0;  // no overflow: each term has 32 bits
  for (const SplitInfo& split : manifest.splits) count += split.shards;
  // The size on disk bounds what is allocated, before anything is.
  if (shard_table_bytes(count, suffixes.size()) != entry->bytes) {
    throw Error(ErrorCode::kCorrupt,
                "the size of shards.npy is not that of " + std::to_string(count) + " shards");
  }
  check_size(path, entry->bytes);
  in_file(path, [&] {
    std::vector<std::byte> bytes;
    read_whole(InputFile(path), bytes);
    if (xxh3_128(bytes) != entry->hash) {
      throw Error(ErrorCode::kCorrupt, "its checksum is not the one in dataset.json", {},
                  "build the dataset again");
    }
    manifest.shards = decode_shard_table(bytes, count, suffixes);
  });
}

}  // namespace

std::size_t Manifest::split_index(std::string_view name) const {
  const auto found = std::ranges::find(splits, name, &SplitInfo::name);
  if (found != splits.end()) return static_cast<std::size_t>(found - splits.begin());
  std::string known;
  for (const SplitInfo& split : splits) known += (known.empty() ? "" : ", ") + split.name;
  throw Error(ErrorCode::kNotFound, "no split '" + std::string(name) + "'", {},
              "there are: " + known);
}

std::uint64_t Manifest::samples() const noexcept {
  std::uint64_t sum = 0;
  for (const SplitInfo& split : splits) sum += split.samples;
  return sum;
}

std::string Manifest::shard_stem(const ShardRow& row) const {
  const std::string number = std::to_string(row.number);
  const std::size_t zeros = number.size() < digits ? digits - number.size() : 0;
  return splits.at(row.split).name + "-" + std::string(zeros, '0') + number;
}

Hash128 dataset_digest(const Manifest& manifest) {
  std::vector<Digest> digests(manifest.splits.size());
  for (const ShardRow& row : manifest.shards) digests.at(row.split).append(row.digest);
  std::vector<std::byte> form;
  for (std::size_t split = 0; split < digests.size(); ++split) {
    if (digests[split].count() == 0) continue;
    put_u64(form, manifest.splits[split].name.size());
    put_bytes(form, as_bytes(manifest.splits[split].name));
    put_u64(form, digests[split].count());
    put_u64(form, digests[split].polynomial().low);
    put_u64(form, digests[split].polynomial().high);
  }
  return xxh3_128(form);
}

Manifest load_manifest(const fs::path& directory) {
  const fs::path path = directory / kManifestName;
  std::error_code ignored;
  if (fs::symlink_status(path, ignored).type() == fs::file_type::not_found)
    refuse_missing(directory);
  return in_file(path, [&] {
    const nlohmann::json object = read_sealed(path);
    Hash128 digest;
    Manifest manifest;
    try {
      manifest = manifest_from_json(object, digest);
    } catch (const nlohmann::json::exception& error) {
      throw Error(ErrorCode::kCorrupt, std::string("is not as it must be: ") + error.what());
    }
    read_table(directory, manifest);
    check_manifest(manifest);
    if (dataset_digest(manifest) != digest)
      throw Error(ErrorCode::kCorrupt, "the shards do not have the dataset's digest");
    return manifest;
  });
}

Manifest read_manifest(const fs::path& directory) {
  Manifest manifest = load_manifest(directory);
  for (const OtherFile& file : manifest.others) check_size(directory / file.name, file.bytes);
  return manifest;
}

void write_manifest(const fs::path& directory, Manifest& manifest) {
  check_manifest(manifest);
  const auto suffixes = shard_suffixes(manifest.container, manifest.schema);
  const std::vector<std::byte> table = encode_shard_table(manifest.shards, suffixes);
  std::erase_if(manifest.others,
                [](const OtherFile& file) { return file.name == kShardTableName; });
  manifest.others.push_back({kShardTableName, table.size(), xxh3_128(table)});
  std::ranges::sort(manifest.others, {}, &OtherFile::name);
  const std::string text =
      seal(manifest_to_json(manifest));  // before anything is written: it may throw
  write_whole(directory / kShardTableName, table);
  write_whole(directory / kManifestName, as_bytes(text));
}

}  // namespace dsprep
