// dsprep verify: is every byte what was written?
#include "dsprep/verify.h"

#include <iostream>

#include "dsprep/error.h"
#include "formats/common/file.h"
#include "formats/common/text.h"
#include "tools/cli.h"
#include "tools/commands.h"
#include "tools/ingest/size.h"
#include "tools/ingest/progress.h"
#include "tools/target.h"
#include "tools/timing.h"

namespace dsprep {
namespace {

// "CLASS: FILE, shard S, sample I, field F, offset O, key K: what"
void print(const Fault& fault) {
  std::string place = describe(fault.where);
  if (!fault.key.empty()) place += (place.empty() ? "key " : ", key ") + escape_controls(fault.key);
  std::cout << error_class_name(fault.code) << ": " << place << (place.empty() ? "" : ": ")
            << fault.what << "\n";
}

std::uint64_t shard_bytes(const ShardReader& reader, const std::filesystem::path& file) {
  if (reader.foreign() || reader.header().container != Container::kMemmap)
    return InputFile(file).size();
  const auto suffixes = shard_suffixes(Container::kMemmap, reader.header().schema);
  const std::string name = file.string();
  const std::string stem =
      name.substr(0, name.size() - std::min(name.size(), suffixes.back().size()));
  std::uint64_t bytes = 0;
  for (const std::string& suffix : suffixes) bytes += InputFile(stem + suffix).size();
  return bytes;
}

VerifyReport verify_one(const std::filesystem::path& file, Depth depth) {
  VerifyReport report;
  report.shards = 1;
  report.faults = verify_shard(file, depth);
  if (!report.faults.empty()) return report;  // what is counted below could not be trusted
  const auto reader = open_shard_target(file, Verify::kNever);
  report.samples = reader->size();
  if (!reader->foreign() && depth == Depth::kFull) report.bytes = shard_bytes(*reader, file);
  return report;
}

VerifyReport verify_target(const std::filesystem::path& target, Depth depth,
                           const ParsedOptions& options) {
  if (!is_dataset(target)) return verify_one(target, depth);
  Progress progress(parse_progress(options.text("progress")), "verify", 0);
  return verify_dataset(
      target, depth, jobs(options),
      [&progress](std::uint64_t done, std::uint64_t total) { progress.update(done, total); });
}

void print_summary(const VerifyReport& report, bool quick) {
  const std::size_t faults = report.faults.size();
  std::cout << (faults == 0 ? "ok" : std::to_string(faults) + (faults == 1 ? " fault" : " faults"))
            << ": " << report.shards << (report.shards == 1 ? " shard, " : " shards, ")
            << report.samples << " samples, "
            << (quick ? "sizes, headers and indexes"
                      : human_bytes(report.bytes) + " read and compared")
            << "\n";
}

CommandLine command_line() {
  CommandLine command{
      .name = "verify",
      .synopsis = "DIR|SHARD [options]",
      .description =
          "Reads every byte and compares it with its checksum. Prints a line for every fault: its "
          "class, the file,\nshard, sample, field, offset and key that it hits, and what is "
          "wrong; then a summary. Exit code 4 where\nthere is a fault.",
      .positional = {"DIR|SHARD"},
      .later = {"rebuild"}};
  command.options.add_options()("quick", po::bool_switch(),
                                "only sizes, headers, indexes and footers")(
      "timing", po::bool_switch(), "end with one line of JSON: samples, bytes, seconds");
  add_jobs_option(command.options);
  add_progress_option(command.options);
  return command;
}

}  // namespace

int run_verify(const std::vector<std::string>& arguments) {
  const Stopwatch startup;
  const auto options = parse(command_line(), arguments);
  if (!options) return 0;
  (void)jobs(*options),
      (void)parse_progress(options->text("progress"));  // refused before the work begins
  const bool quick = options->flag("quick");
  const double startup_seconds = startup.seconds();
  const Stopwatch work;
  const VerifyReport report =
      verify_target(options->positional()[0], quick ? Depth::kQuick : Depth::kFull, *options);
  for (const Fault& fault : report.faults) print(fault);
  print_summary(report, quick);
  if (options->flag("timing")) {
    std::cout << to_json(Timing{.samples = report.samples,
                                .bytes = report.bytes,
                                .startup_seconds = startup_seconds,
                                .seconds = work.seconds()})
              << "\n";
  }
  return report.faults.empty() ? 0 : 4;
}

}  // namespace dsprep
