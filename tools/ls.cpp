// dsprep ls: the samples of a dataset, a line each.
#include <iostream>

#include "formats/common/text.h"
#include "tools/cli.h"
#include "tools/commands.h"
#include "tools/target.h"

namespace dsprep {
namespace {

void list(const ShardReader& shard, std::uint64_t first) {
  ReadBuffer buffer;
  for (std::uint64_t position = 0; position < shard.size(); ++position) {
    std::cout << first + position << '\t' << escape_controls(shard.key(position, buffer)) << '\n';
  }
}

void list(const Dataset& data) {
  for (std::uint64_t index = 0; index < data.size(); ++index) {
    std::cout << index << '\t' << escape_controls(data.key(index)) << '\n';
  }
}

}  // namespace

int run_ls(const std::vector<std::string>& arguments) {
  CommandLine command{
      .name = "ls",
      .synopsis = "DIR|SHARD [--split S]",
      .description =
          "Prints a line a sample: its index in the split, a tab, its key. Control characters "
          "and backslashes\nin keys are escaped. Without --split all splits are listed, one "
          "after the other.",
      .positional = {"DIR"}};
  command.options.add_options()("split", po::value<std::string>()->value_name("S"),
                                "only this split");
  const auto options = parse(command, arguments);
  if (!options) return 0;
  const std::filesystem::path target = options->positional()[0];
  if (!is_dataset(target)) {
    list(*open_shard_target(target), 0);
  } else if (options->given("split")) {
    list(Dataset::open(target, options->text("split")));
  } else {
    for (const Dataset& data : open_splits(target)) list(data);
  }
  return 0;
}

}  // namespace dsprep
