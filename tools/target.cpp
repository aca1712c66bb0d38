#include "tools/target.h"

#include <iostream>

#include "dsprep/error.h"
#include "formats/common/text.h"

namespace dsprep {
namespace fs = std::filesystem;

bool is_dataset(const fs::path& target) {
  std::error_code error;
  const fs::file_status status = fs::status(target, error);
  if (fs::is_directory(status)) return true;
  if (fs::exists(status)) return false;
  throw Error(ErrorCode::kNotFound, "there is no such folder or file", {.file = target.string()});
}

std::unique_ptr<ShardReader> open_shard_target(const fs::path& file, Verify verify) {
  std::unique_ptr<ShardReader> reader = open_shard(file, verify);
  if (reader->foreign()) {
    std::cerr << "dsprep: warning: " << escape_controls(file.string())
              << ": written by other software: no checksums: damage cannot be found\n";
  }
  return reader;
}

std::vector<Dataset> open_splits(const fs::path& directory, DatasetOptions options) {
  std::vector<Dataset> splits;
  for (const SplitInfo& split : read_manifest(directory).splits) {
    if (split.samples != 0) splits.push_back(Dataset::open(directory, split.name, options));
  }
  return splits;
}

Dataset open_split(const fs::path& directory, const std::string& split, DatasetOptions options) {
  if (!split.empty()) return Dataset::open(directory, split, options);
  const Manifest manifest = read_manifest(directory);
  if (manifest.splits.size() == 1)
    return Dataset::open(directory, manifest.splits.front().name, options);
  std::string known;
  for (const SplitInfo& info : manifest.splits) known += (known.empty() ? "" : ", ") + info.name;
  throw Error(ErrorCode::kUsage, "--split is missing", {}, "the splits are: " + known);
}

std::uint64_t split_bytes(const Dataset& data) {
  const Manifest& manifest = data.manifest();
  const std::size_t split = manifest.split_index(data.split());
  std::uint64_t bytes = 0;
  for (const ShardRow& row : manifest.shards) {
    for (const ShardFile& file : row.files) bytes += row.split == split ? file.bytes : 0;
  }
  return bytes;
}

}  // namespace dsprep
