// dsprep bench: how fast a split is read.
#include <cstdio>
#include <iostream>

#include "dsprep/error.h"
#include "formats/common/parallel.h"
#include "tools/cli.h"
#include "tools/commands.h"
#include "tools/ingest/size.h"
#include "tools/target.h"
#include "tools/timing.h"

namespace dsprep {
namespace {

struct Result {
  std::uint64_t samples = 0;
  std::uint64_t bytes = 0;
  std::uint64_t batches = 0;
  double seconds = 0;
};

// Reads the split in its order, `batch` samples at a time, each batch by one of the threads.
Result read_epochs(const Dataset& data, std::uint64_t batch, unsigned threads,
                   std::uint64_t epochs) {
  std::vector<SampleBuffer> buffers(threads);
  std::vector<Result> parts(threads);
  const Stopwatch watch;
  for (std::uint64_t epoch = 0; epoch < epochs; ++epoch) {
    parallel_chunks(
        data.size(), batch, threads, [&](std::uint64_t begin, std::uint64_t end, unsigned worker) {
          Result part;  // not in `parts` at every sample: neighbours there share cache lines
          for (std::uint64_t index = begin; index < end; ++index) {
            for (const Tensor& tensor : data.read(index, buffers[worker]).tensors())
              part.bytes += tensor.bytes.size();
          }
          parts[worker].samples += end - begin;
          parts[worker].bytes += part.bytes;
          ++parts[worker].batches;
        });
  }
  Result sum{.samples = 0, .bytes = 0, .batches = 0, .seconds = watch.seconds()};
  for (const Result& part : parts) {
    sum.samples += part.samples;
    sum.bytes += part.bytes;
    sum.batches += part.batches;
  }
  return sum;
}

void print(const Result& result, bool json) {
  const auto whole = [](std::uint64_t value) { return static_cast<unsigned long long>(value); };
  if (json) {
    std::printf("{\"samples\":%llu,\"seconds\":%.6f,\"bytes\":%llu,\"batches\":%llu}\n",
                whole(result.samples), result.seconds, whole(result.bytes), whole(result.batches));
    return;
  }
  const double rate = result.seconds > 0 ? 1 / result.seconds : 0;
  std::printf(
      "%llu samples, %s in %.3f s: %.0f samples/s, %s/s\n", whole(result.samples),
      human_bytes(result.bytes).c_str(), result.seconds, static_cast<double>(result.samples) * rate,
      human_bytes(static_cast<std::uint64_t>(static_cast<double>(result.bytes) * rate)).c_str());
}

std::uint64_t bounded(const ParsedOptions& options, const std::string& name, std::uint64_t least,
                      std::uint64_t most) {
  const std::uint64_t value = options.count(name);
  if (value >= least && value <= most) return value;
  throw Error(ErrorCode::kUsage, "--" + name + " must be from " + std::to_string(least) + " to " +
                                     std::to_string(most));
}

CommandLine command_line() {
  CommandLine command{
      .name = "bench",
      .synopsis = "DIR [options]",
      .description =
          "Reads a split in its order, every checksum compared, and says how fast that was.",
      .positional = {"DIR"},
      .later = {"shuffle", "crop", "normalize", "window", "pad", "device", "trace", "sweep",
                "roofline"}};
  command.options.add_options()(
      "split", po::value<std::string>()->default_value("train")->value_name("S"), "the split")(
      "batch", po::value<Count>()->default_value({64})->value_name("N"),
      "samples that a thread takes at a time")(
      "threads", po::value<Count>()->default_value({1})->value_name("N"),
      "threads that read; 0 is the caller's own, as 1")(
      "epochs", po::value<Count>()->default_value({1})->value_name("N"),
      "how often the split is read")("json", po::bool_switch(), "one line of JSON");
  return command;
}

}  // namespace

int run_bench(const std::vector<std::string>& arguments) {
  const auto options = parse(command_line(), arguments);
  if (!options) return 0;
  const std::uint64_t batch = bounded(*options, "batch", 1, 1 << 20);
  const auto threads =
      static_cast<unsigned>(std::max<std::uint64_t>(bounded(*options, "threads", 0, 1024), 1));
  const std::uint64_t epochs = bounded(*options, "epochs", 1, 1 << 20);
  const Dataset data = Dataset::open(options->positional()[0], options->text("split"));
  print(read_epochs(data, batch, threads, epochs), options->flag("json"));
  return 0;
}

}  // namespace dsprep
