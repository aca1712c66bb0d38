// Verification of whole shards and datasets: every byte against every checksum.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "dsprep/error.h"
#include "dsprep/shard.h"

namespace dsprep {

/// One thing that is wrong. `where` names file, shard, and, where it can be told, sample, field and offset.
struct Fault {
  ErrorCode code = ErrorCode::kCorrupt;
  Where where;
  std::string key;   ///< key of the sample, where one is hit
  std::string what;  ///< "checksum differs: expected …, got …"
};

enum class Depth : std::uint8_t {
  kQuick,  ///< sizes, headers, indexes and footers
  kFull,   ///< every byte
};

/// Checks the shard that `file` belongs to by its own footer: every file of it, every unit. Faults come in file order.
/// Reads every byte once; where that finds damage, the checksum units are read again to name the samples.
std::vector<Fault> verify_shard(const std::filesystem::path& file, Depth depth);

struct VerifyReport {
  std::uint64_t shards = 0;
  std::uint64_t samples = 0;
  std::uint64_t bytes = 0;  ///< bytes read and compared
  std::vector<Fault> faults;
};

/// Checks a whole dataset: manifest, shards.npy, every other file it names, every shard, and that nothing is there that
/// the manifest does not know. `progress(done, total)` in bytes, called from several threads.
VerifyReport verify_dataset(const std::filesystem::path& directory, Depth depth, unsigned jobs = 1,
                            const std::function<void(std::uint64_t, std::uint64_t)>& progress = {});

}  // namespace dsprep
