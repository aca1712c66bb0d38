// Rebuild: makes a part of a finished dataset once more from its inputs, and compares. So it finds
// what no checksum can: a build that was wrong, codecs that are not what they were, inputs that
// have changed since.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "dsprep/manifest.h"
#include "dsprep/verify.h"
#include "tools/ingest/options.h"

namespace dsprep {

struct RebuildReport {
  std::uint64_t shards = 0;   ///< made again
  std::uint64_t samples = 0;  ///< in them
  std::uint64_t bytes = 0;    ///< of files that were compared
  std::vector<Fault> faults;  ///< a difference each
};

/// The shards of `manifest` that a rebuild of `millionths` takes, by a hash of plan, split and
/// number: always the same ones, and those of a smaller share are among them. One at least where
/// millionths is not 0.
std::vector<std::size_t> choose_shards(const Manifest& manifest, std::uint64_t millionths);

/// Plans the build of `options` (recorded options, inputs given anew), writes the chosen shards
/// below a new folder in `scratch`, one at a time, and compares their files with those in
/// `directory`, byte for byte; of a converted dataset, sample by sample. Where the inputs are no
/// longer those of the build, each is compared with the hashes in the shards, and nothing is
/// written. Throws kVersion (other codecs), kUsage, kIo.
RebuildReport rebuild_part(const std::filesystem::path& directory, const BuildOptions& options,
                           std::uint64_t millionths, const std::filesystem::path& scratch);

}  // namespace dsprep
