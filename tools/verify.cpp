// dsprep verify: is every byte what was written?
#include "dsprep/verify.h"

#include <csignal>
#include <iostream>

#include "dsprep/error.h"
#include "formats/common/file.h"
#include "formats/common/text.h"
#include "tools/build_options.h"
#include "tools/cli.h"
#include "tools/commands.h"
#include "tools/ingest/phases.h"
#include "tools/ingest/progress.h"
#include "tools/ingest/rebuild.h"
#include "tools/ingest/size.h"
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

std::uint64_t millionths_of(const std::string& text) {
  const auto share = text.ends_with('%')
                         ? parse_u64(std::string_view(text).substr(0, text.size() - 1))
                         : std::nullopt;
  if (!share || *share == 0 || *share > 100) {
    throw Error(ErrorCode::kUsage, "--rebuild: '" + text + "' is no percentage from 1% to 100%", {},
                "write 10%");
  }
  return *share * 10'000;
}

// The part that --rebuild asks for.
RebuildReport rebuild(const std::filesystem::path& target, const ParsedOptions& options) {
  if (!is_dataset(target))
    throw Error(ErrorCode::kUsage, "--rebuild needs a dataset, not a shard",
                {.file = target.string()});
  BuildOptions build = recorded_build_options(target, read_manifest(target),
                                              options.get<std::vector<std::string>>("input"));
  build.jobs = jobs(options);
  build.progress = parse_progress(options.text("progress"));
  const std::filesystem::path scratch = options.given("scratch")
                                            ? std::filesystem::path(options.text("scratch"))
                                            : std::filesystem::temp_directory_path();
  const auto stop = [](int) { g_interrupted = true; };
  std::signal(SIGINT, stop);
  std::signal(SIGTERM, stop);
  return rebuild_part(target, build, millionths_of(options.text("rebuild")), scratch);
}

void print_summary(const RebuildReport& report) {
  const std::size_t faults = report.faults.size();
  std::cout << "rebuilt: "
            << (faults == 0
                    ? "the same bytes"
                    : std::to_string(faults) + (faults == 1 ? " difference" : " differences"))
            << ": " << report.shards << (report.shards == 1 ? " shard, " : " shards, ")
            << report.samples << " samples made again\n";
}

// What can be told from the command line alone is refused before the work begins.
void check_options(const ParsedOptions& options) {
  (void)jobs(options);
  (void)parse_progress(options.text("progress"));
  if (options.given("rebuild") != options.given("input")) {
    throw Error(ErrorCode::kUsage, "--rebuild and --input go together", {},
                "say --rebuild 10% --input INPUT..., the inputs as build-shards had them");
  }
  if (options.given("rebuild")) (void)millionths_of(options.text("rebuild"));
}

CommandLine command_line() {
  CommandLine command{
      .name = "verify",
      .synopsis = "DIR|SHARD [options]",
      .description =
          "Reads every byte and compares it with its checksum. Prints a line for every fault: its "
          "class, the file,\nshard, sample, field, offset and key that it hits, and what is "
          "wrong; then a summary. Exit code 4 where\nthere is a fault.\n"
          "With --rebuild, some shards are also made again from the inputs, with the options that "
          "the dataset records, and\ntheir bytes compared; a line for each sample or input that "
          "is missing, new or different. A survey (words, labels,\nnumbers of lines), where the "
          "build needed one, reads all inputs again.",
      .positional = {"DIR|SHARD"}};
  command.options.add_options()("quick", po::bool_switch(),
                                "only sizes, headers, indexes and footers")(
      "rebuild", po::value<std::string>()->value_name("P%"),
      "make this share of the shards (one at least, chosen by a hash) again, and compare")(
      "input", po::value<std::vector<std::string>>()->multitoken()->value_name("INPUT..."),
      "the inputs of the build: the same INPUTs, in the same order; they may have been moved")(
      "scratch", po::value<std::string>()->value_name("DIR"),
      "where --rebuild writes, a shard at a time (default: the system's folder for temporary "
      "files)")("timing", po::bool_switch(), "end with one line of JSON: samples, bytes, seconds");
  add_jobs_option(command.options);
  add_progress_option(command.options);
  return command;
}

}  // namespace

int run_verify(const std::vector<std::string>& arguments) {
  const Stopwatch startup;
  const auto options = parse(command_line(), arguments);
  if (!options) return 0;
  check_options(*options);
  const bool quick = options->flag("quick");
  const double startup_seconds = startup.seconds();
  const Stopwatch work;
  const VerifyReport report =
      verify_target(options->positional()[0], quick ? Depth::kQuick : Depth::kFull, *options);
  for (const Fault& fault : report.faults) print(fault);
  print_summary(report, quick);
  bool differs = false;
  if (options->given("rebuild")) {
    const RebuildReport rebuilt = rebuild(options->positional()[0], *options);
    for (const Fault& fault : rebuilt.faults) print(fault);
    print_summary(rebuilt);
    differs = !rebuilt.faults.empty();
  }
  if (options->flag("timing")) {
    std::cout << to_json(Timing{.samples = report.samples,
                                .bytes = report.bytes,
                                .startup_seconds = startup_seconds,
                                .seconds = work.seconds()})
              << "\n";
  }
  return report.faults.empty() && !differs ? 0 : 4;
}

}  // namespace dsprep
