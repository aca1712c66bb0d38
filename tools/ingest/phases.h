// The two phases that read inputs: survey and write. Both run over slices with run_ordered.
#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "tools/ingest/kind.h"
#include "tools/ingest/unit.h"

namespace dsprep {

/// Set by a signal handler; long work looks at it and throws kInterrupted.
extern std::atomic<bool> g_interrupted;
void check_interrupted();

/// Surveys those of `slices` that are not surveyed yet; each leaves BuildFolder::survey_file. Gives
/// back how many those were.
std::size_t survey_slices(const BuildFolder& folder, const Plan& plan, Kind& kind,
                          const std::vector<std::size_t>& slices, const BuildOptions& options);

/// Joins all slices' surveys and completes the plan: schema, first lines of slices, id. Throws
/// kNotFound that names slices that are not surveyed.
void complete_plan(const BuildFolder& folder, Plan& plan, const Kind& kind);

struct WriteTotals {
  std::uint64_t samples = 0;  ///< written now
  std::uint64_t bytes = 0;    ///< of input, read now
  std::uint64_t kept = 0;     ///< slices that were finished already
  double sync_seconds = 0;    ///< waited for the disk at the end
};

/// Writes those of `slices` that are not finished yet; each leaves shards and a unit record. Throws
/// kRejected above the user's limit.
WriteTotals write_slices(const BuildFolder& folder, const Plan& plan, Kind& kind,
                         const std::vector<std::size_t>& slices, const BuildOptions& options);

}  // namespace dsprep
