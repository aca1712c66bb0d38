// Writes a shard as NumPy files, one a field, and STEM.key.npy with the keys and the footer. See
// SPEC.md beside this.
#pragma once

#include <filesystem>
#include <memory>

#include "dsprep/shard.h"

namespace dsprep {

/// As create_shard(), for this container. Requires: header.container says so; the schema is valid.
std::unique_ptr<ShardWriter> create_memmap_shard(const std::filesystem::path& stem,
                                                 ShardHeader header);

}  // namespace dsprep
