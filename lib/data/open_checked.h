// Opening a dataset's shard: is it the one that the manifest means?
#pragma once

#include <filesystem>
#include <memory>

#include "dsprep/manifest.h"
#include "dsprep/shard.h"

namespace dsprep {

/// Opens the shard and compares its sizes, plan, container, schema, split, part, samples and digest
/// with the manifest. Throws kVersion (a shard of another build), kCorrupt, kNotFound, kIo, each
/// with file and shard.
std::shared_ptr<const ShardReader> open_checked(const std::filesystem::path& directory,
                                                const Manifest& manifest, const ShardRow& row,
                                                Verify verify, Io io = Io::kAuto);

}  // namespace dsprep
