// What a command is pointed at: the folder of a dataset, or one shard's file.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "dsprep/dataset.h"
#include "dsprep/shard.h"

namespace dsprep {

/// True for a folder, false for a file; throws kNotFound where there is neither.
bool is_dataset(const std::filesystem::path& target);

/// Opens one shard's file; a file of other software is opened too, after a warning on stderr.
std::unique_ptr<ShardReader> open_shard_target(const std::filesystem::path& file,
                                               Verify verify = Verify::kFirst);

/// Every split of the dataset in `directory` that has samples, in the manifest's order.
std::vector<Dataset> open_splits(const std::filesystem::path& directory,
                                 DatasetOptions options = {});

/// The split that the user named; without a name the only one there is. Throws kUsage that lists
/// them where there are more.
Dataset open_split(const std::filesystem::path& directory, const std::string& split,
                   DatasetOptions options = {});

/// Bytes of all files of the split's shards.
std::uint64_t split_bytes(const Dataset& data);

}  // namespace dsprep
