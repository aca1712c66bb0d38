#include "tools/ingest/build.h"

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <utility>

#include "formats/common/file.h"
#include "tools/ingest/adopt.h"
#include "tools/ingest/commit.h"
#include "tools/ingest/kind.h"
#include "tools/ingest/leaks.h"
#include "tools/ingest/phases.h"
#include "tools/ingest/planner.h"
#include "tools/ingest/publish.h"
#include "tools/ingest/task.h"

namespace dsprep {
namespace fs = std::filesystem;
namespace {

class Stopwatch {
 public:
  double seconds() {
    const auto now = std::chrono::steady_clock::now();
    return std::chrono::duration<double>(now - std::exchange(start_, now)).count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

// The build in `out`, if it is the one that `plan` describes.
bool holds_build(const fs::path& out, const std::string& build) {
  try {
    return nlohmann::json::parse(read_manifest(out).provenance).value("build", "") == build;
  } catch (const Error&) {
    return false;
  }
}

void refuse_other_builds(const Plan& plan, const fs::path& out) {
  for (const std::string& build : BuildFolder::builds_in(out)) {
    if (build == plan.build) continue;
    try {
      const Plan other = load_plan(BuildFolder(out, build));
      if (other.options == plan.options) check_canary(other, plan.canary);
    } catch (const Error& error) {
      if (error.code() == ErrorCode::kVersion) throw;
    }
    throw Error(ErrorCode::kUsage,
                "the unfinished work of another build (other inputs or options) stands here",
                {.file = (out / ".build" / build).string()},
                "finish it, or throw it away with --force");
  }
}

// Makes `out` ready, or says why not. True where the dataset stands there already.
bool prepare_out(const Plan& plan, const BuildOptions& options) {
  const fs::path& out = options.out;
  if (options.force) {
    for (const std::string& build : BuildFolder::builds_in(out)) {
      if (build != plan.build) remove_tree(out / ".build" / build);
    }
  } else {
    refuse_other_builds(plan, out);
  }
  if (has_dataset(out) && !options.force) {
    if (!holds_build(out, plan.build)) {
      throw Error(ErrorCode::kUsage, "a dataset stands here already", {.file = out.string()},
                  "choose another --out, or replace it with --force");
    }
    remove_tree(out / ".build");
    return true;
  }
  const bool ours = has_dataset(out) || fs::exists(out / ".build");
  if (!ours && fs::exists(out) && (!fs::is_directory(out) || !fs::is_empty(out))) {
    throw Error(ErrorCode::kUsage, "there is something else here", {.file = out.string()},
                "choose a folder that is empty or not there");
  }
  return false;
}

void throw_listing_error(const Listing& listing) {
  if (listing.rejects.empty()) return;
  const Reject& first = listing.rejects.front();
  throw Error(first.code, first.reason, {.file = first.path}, kSkipRemedy);
}

// The plan as it stands on disk, or as it has just been made and is saved now.
Plan settle_plan(Plan plan, const BuildFolder& folder) {
  if (!fs::exists(folder.plan_file())) {
    save_plan(folder, plan);
    return plan;
  }
  Plan standing = load_plan(folder);
  standing.roots = plan.roots;  // the inputs may have been moved
  return standing;
}

// Does as much of survey and plan as the phase asks for.
void survey_and_complete(Plan& plan, const BuildFolder& folder, Kind& kind,
                         const BuildOptions& options, BuildReport& report) {
  if (plan.surveyed) return;
  const SurveyNeed need = kind.survey_need(plan);
  const bool parts = options.phase == Phase::kSurvey;
  if (options.phase == Phase::kWrite && need != SurveyNeed::kNothing) {
    throw Error(ErrorCode::kNotFound, "the plan is not complete",
                {.file = folder.plan_file().string()}, "run --phase plan first");
  }
  if (options.phase == Phase::kAll && options.task && need == SurveyNeed::kContents) {
    throw Error(
        ErrorCode::kUsage, "the contents have to be surveyed before they can be written", {},
        "run --phase survey (with the same --task), then --phase plan once, then this again");
  }
  if (need != SurveyNeed::kNothing && (parts || options.phase == Phase::kAll)) {
    const Task task = parts ? options.task.value_or(Task{}) : Task{};
    const std::vector<std::size_t> slices = slices_of(task, plan.slices.size());
    report.surveyed_slices = survey_slices(folder, plan, kind, slices, options);
    if (parts) report.kept_slices = slices.size() - report.surveyed_slices;
  }
  if (!parts) complete_plan(folder, plan, kind);
}

bool has_finished_units(const BuildFolder& folder) {
  const fs::path units = folder.work / "units";
  return fs::exists(units) && !fs::is_empty(units);
}

// Where inputs do not fit the options nothing of the build can ever be used: it would only be in
// the way of the next one. What is finished stays, and so does what several tasks share.
template <class Work>
void run_or_discard(const BuildFolder& folder, const BuildOptions& options, Work work) {
  try {
    work();
  } catch (const Error& error) {
    const bool hopeless = error.code() == ErrorCode::kUsage || may_reject(error.code());
    const bool shared = options.task || options.phase == Phase::kSurvey;
    if (!hopeless || shared || has_finished_units(folder)) throw;
    remove_tree(folder.work);
    std::error_code others;  // stand there, then the folder stays
    fs::remove(folder.work.parent_path(), others);
    throw;
  }
}

WriteTotals write_part(const BuildFolder& folder, const Plan& plan, Kind& kind, const Task& task,
                       const BuildOptions& options) {
  const std::string name = std::to_string(task.index) + "-of-" + std::to_string(task.count);
  note_task(folder, name, "");
  try {
    return write_slices(folder, plan, kind, slices_of(task, plan.slices.size()), options);
  } catch (const Error& error) {
    if (options.task && error.code() != ErrorCode::kInterrupted)
      note_task(folder, name, error.what());
    throw;
  }
}

// One build, and its plan is written: a kill may come before that.
bool has_one_plan(const fs::path& out) {
  const std::vector<std::string> builds = BuildFolder::builds_in(out);
  return builds.size() == 1 && fs::exists(BuildFolder(out, builds.front()).plan_file());
}

// A task takes the plan that stands there; it does not list the inputs again.
PlannedBuild prepare(const BuildOptions& options) {
  const bool part = options.task || options.phase != Phase::kAll;
  if (!part || options.dry_run || options.force || !has_one_plan(options.out))
    return plan_build(options);
  PlannedBuild prepared{.options = {}, .kind = nullptr, .plan = unfinished_plan(options.out)};
  prepared.options = adopt_plan(options, prepared.plan);
  prepared.kind = make_kind(prepared.options);
  check_canary(prepared.plan, prepared.kind->canary());
  check_same_options(prepared.plan, canonical_options(prepared.options, *prepared.kind));
  return prepared;
}

}  // namespace

PlannedBuild plan_build(const BuildOptions& options) {
  const Listing listing = list_inputs(options.inputs, listing_options(options));
  if (!options.skip_errors) throw_listing_error(listing);
  PlannedBuild planned{.options = resolve_options(options, listing), .kind = nullptr, .plan = {}};
  planned.kind = make_kind(planned.options);
  planned.plan = make_plan(planned.options, listing, *planned.kind);
  return planned;
}

BuildReport run_build(const BuildOptions& options) {
  Stopwatch watch;
  BuildReport report;
  PlannedBuild prepared = prepare(options);
  const BuildFolder folder(options.out, prepared.plan.build);
  report.plan = prepared.plan;
  if (options.dry_run) return report;
  if (prepare_out(prepared.plan, prepared.options)) {
    report.already_built = true;
    report.published = read_manifest(options.out);
    if (options.forbid_leak) refuse_leaks(options.out, options.jobs);
    return report;
  }
  Plan& plan = prepared.plan = settle_plan(std::move(prepared.plan), folder);
  if (plan.surveyed && options.phase == Phase::kAll && !options.task &&
      finish_publication(options.out, plan.id)) {
    report.already_built = true;
    report.published = read_manifest(options.out);
    if (options.forbid_leak) refuse_leaks(options.out, options.jobs);
    return report;
  }
  run_or_discard(folder, options, [&] {
    survey_and_complete(plan, folder, *prepared.kind, prepared.options, report);
  });
  report.plan = plan;
  report.startup_seconds = watch.seconds();
  if (options.phase == Phase::kSurvey || options.phase == Phase::kPlan) return report;
  const Task task = options.task.value_or(Task{});
  WriteTotals totals;
  run_or_discard(folder, options, [&] {
    totals = write_part(folder, plan, *prepared.kind, task, prepared.options);
  });
  report.samples = totals.samples;
  report.bytes = totals.bytes;
  report.kept_slices = totals.kept;
  report.seconds = watch.seconds() - totals.sync_seconds;
  if (!options.task && options.phase == Phase::kAll)
    report.published = commit_build(folder, plan, options);
  report.sync_seconds = watch.seconds() + totals.sync_seconds;
  return report;
}

Plan unfinished_plan(const fs::path& directory) {
  const std::vector<std::string> builds = BuildFolder::builds_in(directory);
  if (builds.empty()) {
    throw Error(
        ErrorCode::kNotFound, "no unfinished build stands here", {.file = directory.string()},
        has_dataset(directory) ? "the dataset is complete" : "run build-shards --task I/N first");
  }
  if (builds.size() > 1) {
    throw Error(ErrorCode::kUsage,
                "the unfinished work of " + std::to_string(builds.size()) + " builds stands here",
                {.file = (directory / ".build").string()},
                "throw one away: build-shards --force keeps only its own");
  }
  return load_plan(BuildFolder(directory, builds.front()));
}

BuildReport run_merge_build(const BuildOptions& options) {
  const fs::path& directory = options.out;
  BuildReport report;
  if (has_dataset(directory) && BuildFolder::builds_in(directory).empty()) {
    report.already_built = true;
    report.published = read_manifest(directory);
    return report;
  }
  report.plan = unfinished_plan(directory);
  if (!report.plan.surveyed) {
    throw Error(ErrorCode::kNotFound, "the plan is not complete: nothing can be written yet",
                {.file = BuildFolder(directory, report.plan.build).plan_file().string()},
                "run --phase plan, then the tasks");
  }
  if (finish_publication(directory, report.plan.id)) {
    remove_tree(directory / ".build");
    report.already_built = true;
    report.published = read_manifest(directory);
    return report;
  }
  report.published = commit_build(BuildFolder(directory, report.plan.build), report.plan, options);
  return report;
}

}  // namespace dsprep
