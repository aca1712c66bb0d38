// dsprep bench: how fast the loader delivers a split, and what holds it up.
#include <cstdio>
#include <iostream>

#include "dsprep/error.h"
#include "tools/bench_device.h"
#include "tools/bench_options.h"
#include "tools/bench_roofline.h"
#include "tools/cli.h"
#include "tools/commands.h"
#include "tools/ingest/size.h"
#include "tools/target.h"

namespace dsprep {
namespace {

unsigned long long whole(std::uint64_t value) { return static_cast<unsigned long long>(value); }
double rate_of(const BenchResult& r) {
  return r.seconds > 0 ? static_cast<double>(r.samples) / r.seconds : 0;
}

void print(const BenchResult& r, bool json) {
  if (json) {
    std::printf(
        "{\"samples\":%llu,\"seconds\":%.6f,\"bytes\":%llu,\"batches\":%llu,\"cpu\":%.6f,"
        "\"first_epoch_seconds\":%.6f,\"bottleneck\":\"%s\"}\n",
        whole(r.samples), r.seconds, whole(r.bytes), whole(r.batches), r.cpu_seconds,
        r.first_seconds, r.counters.bottleneck().c_str());
    return;
  }
  const double bytes = r.seconds > 0 ? static_cast<double>(r.bytes) / r.seconds : 0;
  std::printf("%llu samples, %s in %.3f s: %.0f samples/s, %s/s\n", whole(r.samples),
              human_bytes(r.bytes).c_str(), r.seconds, rate_of(r),
              human_bytes(static_cast<std::uint64_t>(bytes)).c_str());
  const LoaderCounters& c = r.counters;
  const auto seconds = [](std::uint64_t ns) { return static_cast<double>(ns) * 1e-9; };
  std::printf(
      "first epoch %.3f s; slots %s; seconds of all threads: plan %.3f, read %.3f, "
      "transform %.3f, collate %.3f; waited for data %.3f, for the consumer %.3f; to look "
      "at: %s\n",
      r.first_seconds, human_bytes(r.memory_bytes).c_str(), seconds(c.plan_ns), seconds(c.read_ns),
      seconds(c.transform_ns), seconds(c.collate_ns), seconds(c.wait_data_ns),
      seconds(c.wait_consumer_ns), c.bottleneck().c_str());
}

std::vector<std::string> split_list(const std::string& list) {
  std::vector<std::string> out(1);
  for (const char c : list) {
    if (c == ',')
      out.emplace_back();
    else
      out.back() += c;
  }
  return out;
}

// threads=0,1,2 or container=DIR,DIR: a line each.
void sweep(const std::string& spec, const std::string& directory, const std::string& split,
           const BenchSetting& base) {
  const std::size_t equals = spec.find('=');
  if (equals == std::string::npos)
    throw Error(ErrorCode::kUsage, "--sweep is NAME=VALUE,VALUE,…: threads=0,1,2,4");
  const std::string name = spec.substr(0, equals);
  std::printf("%-12s %12s %12s %12s %10s %10s  %s\n", name.c_str(), "samples/s", "MB/s",
              "samples/cpu-s", "seconds", "slots MB", "to look at");
  for (const std::string& value : split_list(spec.substr(equals + 1))) {
    BenchSetting setting = base;
    const bool containers = name == "container";  // datasets of the same samples
    if (!containers) setting.set(name, value);
    const BenchResult r = run_loader(containers ? value : directory, split, setting);
    std::printf("%-12s %12.0f %12.0f %12.0f %10.3f %10.1f  %s\n", value.c_str(), rate_of(r),
                static_cast<double>(r.bytes) / r.seconds / 1e6,
                static_cast<double>(r.samples) / std::max(1e-9, r.cpu_seconds), r.seconds,
                static_cast<double>(r.memory_bytes) / 1e6, r.counters.bottleneck().c_str());
  }
}

CommandLine command_line() {
  CommandLine command{
      .name = "bench",
      .synopsis = "DIR [options]",
      .description =
          "Reads a split through the loader, and says how fast that was and which stage "
          "to look at.",
      .positional = {"DIR"}};
  add_bench_options(command.options);
  command.options.add_options()(
      "sweep", po::value<std::string>()->value_name("NAME=A,B,…"),
      "a table over threads, batch, prefetch, pad, verify, io, or container=DIR,DIR")(
      "roofline", po::bool_switch(), "measure what this machine can do, and compare")(
      "device", po::value<std::string>()->default_value("cpu")->value_name("cpu|cuda:N|standin"),
      "bring batches there, normalise, pad and widen there, and compare with a bare copy; standin: "
      "memory and threads of this machine in the place of a GPU")(
      "trace", po::value<std::string>()->value_name("FILE"),
      "write what each thread did, for chrome://tracing")("json", po::bool_switch(),
                                                          "one line of JSON");
  return command;
}

}  // namespace

int run_bench(const std::vector<std::string>& arguments) {
  const auto options = parse(command_line(), arguments);
  if (!options) return 0;
  const std::string& directory = options->positional()[0];
  const std::string& split = options->text("split");
  const BenchSetting setting = bench_setting(*options);
  const std::string& device = options->text("device");
  if (device != "cpu") {
    for (const char* other : {"sweep", "roofline", "trace"})
      if (options->given(other))
        throw Error(ErrorCode::kUsage,
                    std::string("--device and --") + other + " exclude each other");
    print_device(run_device(directory, split, setting, device), options->flag("json"));
    return 0;
  }
  if (options->given("sweep")) {
    for (const char* other : {"roofline", "trace", "json"})
      if (options->given(other))
        throw Error(ErrorCode::kUsage,
                    std::string("--sweep and --") + other + " exclude each other");
    sweep(options->text("sweep"), directory, split, setting);
    return 0;
  }
  const std::string trace = options->given("trace") ? options->text("trace") : "";
  const BenchResult result = run_loader(directory, split, setting, trace);
  print(result, options->flag("json"));
  if (options->flag("roofline")) print_roofline(directory, split, setting, result);
  return 0;
}

}  // namespace dsprep
