// Build: the phases in their order, for a whole build or for one task of it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "dsprep/manifest.h"
#include "tools/ingest/commit.h"
#include "tools/ingest/kind.h"
#include "tools/ingest/options.h"
#include "tools/ingest/plan.h"

namespace dsprep {

/// What a call of build-shards did, for its report.
struct BuildReport {
  Plan plan;                          ///< empty where nothing had to be done
  std::optional<Manifest> published;  ///< the dataset that stands now
  bool already_built = false;         ///< it stood there before: the same inputs and options
  std::uint64_t surveyed_slices = 0;  ///< now
  std::uint64_t samples = 0;          ///< written now
  std::uint64_t bytes = 0;            ///< of input, read now
  std::uint64_t kept_slices = 0;      ///< finished by an earlier run; of --phase survey: surveyed
  double startup_seconds = 0;         ///< until the first input was read
  double seconds = 0;                 ///< reading and writing
  double sync_seconds = 0;            ///< waiting for the disk at the end, and committing
};

/// A plan that stands in memory only, with what made it.
struct PlannedBuild {
  BuildOptions options;  ///< resolved
  std::unique_ptr<Kind> kind;
  Plan plan;  ///< as make_plan() gives it: not surveyed
};

/// Lists the inputs and plans; writes nothing.
PlannedBuild plan_build(const BuildOptions& options);

/// Runs what `options` ask for. With --dry-run only `plan` is filled in, and nothing is written.
BuildReport run_build(const BuildOptions& options);

/// `dsprep merge`: commits a build that tasks have written. The plan is the one that stands in
/// options.out; of the options only max_rejects, forbid_leak, stats and jobs count else.
BuildReport run_merge_build(const BuildOptions& options);

/// The one unfinished build in `directory`; throws kNotFound where there is none, kUsage where
/// there are several.
Plan unfinished_plan(const std::filesystem::path& directory);

/// The plan as --dry-run shows it: splits, shards, samples where they are known, bytes.
std::string plan_text(const Plan& plan);

}  // namespace dsprep
