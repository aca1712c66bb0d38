#include <filesystem>
#include <iostream>
#include <map>
#include <set>

#include "formats/common/file.h"
#include "tools/cli.h"
#include "tools/commands.h"
#include "tools/ingest/build.h"
#include "tools/ingest/publish.h"
#include "tools/ingest/unit.h"

namespace dsprep {
namespace fs = std::filesystem;
namespace {

// Shards that some process is writing leave temporary files: "shard-train-3.tar.HOST-PID-N.tmp".
std::size_t running_writers(const BuildFolder& folder) {
  std::set<std::string> writers;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder.shards(), error)) {
    const fs::path name = entry.path().filename();
    if (name.extension() != ".tmp") continue;
    const std::string text = name.stem().string();
    writers.insert(text.substr(text.rfind('.') + 1, text.rfind('-') - text.rfind('.') - 1));
  }
  return writers.size();
}

void print_build(const fs::path& directory) {
  const Plan plan = unfinished_plan(directory);
  const BuildFolder folder(directory, plan.build);
  std::size_t done = 0, surveyed = 0;
  std::string missing;
  for (std::size_t slice = 0; slice < plan.slices.size(); ++slice) {
    surveyed += fs::exists(folder.survey_file(slice)) ? 1 : 0;
    if (find_unit(folder, plan, slice_unit(slice))) {
      ++done;
    } else {
      missing += (missing.empty() ? "" : " ") + std::to_string(slice);
    }
  }
  std::cout << "build     " << plan.build << "\n"
            << "plan      "
            << (plan.surveyed
                    ? plan.id
                    : "not complete: " + std::to_string(surveyed) + " slices are surveyed")
            << "\n"
            << "slices    " << plan.slices.size() << "\n"
            << "done      " << done << "\n"
            << "running   " << running_writers(folder)
            << " processes have files open (or were killed)\n"
            << "missing   " << (missing.empty() ? "none: run dsprep merge" : missing) << "\n";
  for (const auto& [task, reason] : failed_tasks(folder))
    std::cout << "failed    task " << task << ": " << reason << "\n";
}

}  // namespace

int run_status(const std::vector<std::string>& arguments) {
  const CommandLine command{
      .name = "status",
      .synopsis = "DIR",
      .description =
          "Shows how far a build in parts is: which slices are done, running, failed, missing.",
      .options = po::options_description(),
      .positional = {"DIR"}};
  const auto parsed = parse(command, arguments);
  if (!parsed) return 0;
  const fs::path directory = parsed->positional()[0];
  if (has_dataset(directory)) {
    std::cout << "dataset   complete\n";
    if (BuildFolder::builds_in(directory).empty()) return 0;
  }
  print_build(directory);
  return 0;
}

}  // namespace dsprep
