// dsprep order: which samples the loader delivers, step by step.
#include <iostream>
#include <nlohmann/json.hpp>

#include "dsprep/error.h"
#include "dsprep/loader.h"
#include "formats/common/text.h"
#include "tools/cli.h"
#include "tools/commands.h"
#include "tools/target.h"

namespace dsprep {
namespace {

CommandLine command_line() {
  CommandLine command{
      .name = "order",
      .synopsis = "DIR [options]",
      .description =
          "Reads an epoch through the loader and prints what it delivers: a line a sample, "
          "step, tab, key.\nShuffled, unless --eval. The last batch is shown, also where it "
          "is not full.",
      .positional = {"DIR"}};
  command.options.add_options()(
      "split", po::value<std::string>()->default_value("train")->value_name("S"), "the split")(
      "seed", po::value<Count>()->default_value({0})->value_name("N"), "of the order")(
      "epoch", po::value<Count>()->default_value({0})->value_name("E"), "which epoch")(
      "batch", po::value<Count>()->default_value({64})->value_name("B"), "samples a rank and step")(
      "rank", po::value<Count>()->default_value({0})->value_name("R"), "this rank, from 0")(
      "world", po::value<Count>()->default_value({1})->value_name("W"), "number of ranks")(
      "from", po::value<Count>()->default_value({0})->value_name("STEP"),
      "resume at this step, as from a checkpoint")(
      "threads", po::value<Count>()->default_value({2})->value_name("N"),
      "threads that read; 0: the caller's own")("eval", po::bool_switch(), "in the split's order");
  return command;
}

// The checkpoint that a run would have left after `step` steps.
void resume_at(Loader& loader, std::uint64_t epoch, std::uint64_t position) {
  nlohmann::json state = nlohmann::json::parse(loader.state());
  state["epoch"] = epoch;
  state["position"] = position;
  loader.resume(state.dump());
}

}  // namespace

int run_order(const std::vector<std::string>& arguments) {
  const auto options = parse(command_line(), arguments);
  if (!options) return 0;
  const Dataset data = Dataset::open(options->positional()[0], options->text("split"));
  LoaderOptions wanted{
      .batch_size = options->count("batch"),
      .shuffle = !options->flag("eval"),
      .seed = options->count("seed"),
      .threads = static_cast<unsigned>(std::min<std::uint64_t>(options->count("threads"), 1024))};
  if (wanted.batch_size == 0) throw Error(ErrorCode::kUsage, "--batch must be 1 at least");
  wanted.rank = options->count("rank");
  wanted.world = options->count("world");
  wanted.pad_last = true;  // also where the last batch is too small for all ranks
  Loader loader(data, wanted);
  const std::uint64_t from = options->count("from"), epoch = options->count("epoch");
  if (from > loader.steps_per_epoch()) {
    throw Error(ErrorCode::kUsage, "--from " + std::to_string(from) + ": the epoch has " +
                                       std::to_string(loader.steps_per_epoch()) + " steps");
  }
  const std::uint64_t global = wanted.batch_size * wanted.world;
  if (from != 0) resume_at(loader, epoch, std::min(from * global, data.size()));
  for (const Batch& batch : loader.epoch(epoch)) {
    for (std::size_t row = 0; row < batch.rows(); ++row) {
      if (batch.valid()[row]) {
        std::cout << from + batch.step() << '\t' << escape_controls(data.key(batch.samples()[row]))
                  << '\n';
      }
    }
  }
  return 0;
}

}  // namespace dsprep
