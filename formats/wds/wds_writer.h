// Writes a shard as a WebDataset tar with the footer behind the archive's end. See SPEC.md beside
// this.
#pragma once

#include <filesystem>
#include <memory>

#include "dsprep/shard.h"

namespace dsprep {

/// As create_shard(), for this container. Requires: header.container says so; the schema is valid.
std::unique_ptr<ShardWriter> create_wds_shard(const std::filesystem::path& stem,
                                              ShardHeader header);

}  // namespace dsprep
