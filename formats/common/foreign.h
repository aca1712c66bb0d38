// Shards that other software wrote: tar files and LMDB files without dsprep's footer.
#pragma once

#include <filesystem>
#include <memory>

#include "dsprep/shard.h"

namespace dsprep {

/// A reader for a file without dsprep's footer, told by its first bytes. Throws kCorrupt where it
/// is neither tar nor LMDB.
std::unique_ptr<ShardReader> open_foreign(const std::filesystem::path& file);

}  // namespace dsprep
