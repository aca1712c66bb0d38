// What `dsprep inspect` says, as JSON: splits, sizes, fields with lengths, classes with counts,
// warnings. Main thread only.
#pragma once

#include <filesystem>

#include "formats/common/json.h"

namespace dsprep {

/// Reads the indexes of every shard and the values of its classes, with `jobs` threads. Throws as
/// Dataset does.
nlohmann::json summarize_dataset(const std::filesystem::path& directory, unsigned jobs);

/// The same of one shard's file, by its own header. Throws as open_shard().
nlohmann::json summarize_shard(const std::filesystem::path& file);

}  // namespace dsprep
