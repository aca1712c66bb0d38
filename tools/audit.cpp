// dsprep audit: does a sample of one split stand in another one, too?
#include <csignal>
#include <iostream>
#include <nlohmann/json.hpp>

#include "formats/common/text.h"
#include "tools/cli.h"
#include "tools/commands.h"
#include "tools/ingest/leaks.h"
#include "tools/ingest/phases.h"
#include "tools/target.h"

namespace dsprep {
namespace {

using nlohmann::json;

constexpr int kNeedsALook = 3;

void on_signal(int) { g_interrupted = true; }

void print_text(const std::vector<Dataset>& splits, const LeakReport& report) {
  for (const Leak& leak : report.leaks) {
    const Dataset& data = splits[leak.split];
    const Dataset& earlier = splits[leak.earlier_split];
    std::cout << data.split() << "\t" << escape_controls(data.key(leak.index)) << "\t"
              << earlier.split() << "\t" << escape_controls(earlier.key(leak.earlier_index))
              << "\n";
  }
}

json sample_json(const Dataset& data, std::uint64_t index) {
  return {{"split", data.split()}, {"index", index}, {"key", data.key(index)}};
}

void print_json(const std::vector<Dataset>& splits, const LeakReport& report) {
  json leaks = json::array();
  for (const Leak& leak : report.leaks) {
    json item = sample_json(splits[leak.split], leak.index);
    item["equals"] = sample_json(splits[leak.earlier_split], leak.earlier_index);
    leaks.push_back(std::move(item));
  }
  const json out = {{"samples", report.samples},
                    {"compared", report.compared},
                    {"repeated", report.repeated},
                    {"leaks", std::move(leaks)}};
  std::cout << out.dump(-1, ' ', false, json::error_handler_t::replace) << "\n";
}

}  // namespace

int run_audit(const std::vector<std::string>& arguments) {
  CommandLine command{
      .name = "audit",
      .synopsis = "DIR [options]",
      .description =
          "Finds samples that stand in more than one split, and prints SPLIT, KEY, EARLIER SPLIT, "
          "KEY for each; exit code 3 if\nthere are any. Pictures are compared by their decoded "
          "pixels (orientation applied), texts by their small letters in\nnormal form C with runs "
          "of white space as one space (ids of a tokenizer are read back first), all else by "
          "bytes.\nLabels are not compared. Memory: 48 bytes a sample up to --memory, then 16 "
          "bytes a sample on disk in TMPDIR.",
      .positional = {"DIR"}};
  command.options.add_options()("field", po::value<std::vector<std::string>>()->value_name("NAME"),
                                "compare this field alone (may be given several times)")(
      "memory", po::value<Size>()->value_name("SIZE")->default_value({512ULL << 20}),
      "for hashes, about")("json", po::bool_switch(), "print one JSON object");
  add_jobs_option(command.options);
  const auto parsed = parse(command, arguments);
  if (!parsed) return 0;
  std::signal(SIGINT, on_signal);
  std::signal(SIGTERM, on_signal);
  LeakOptions options{.fields = {}, .jobs = jobs(*parsed)};
  if (parsed->given("field")) options.fields = parsed->get<std::vector<std::string>>("field");
  options.memory_bytes = parsed->get<Size>("memory").value;
  const std::string& directory = parsed->positional()[0];
  const std::vector<Dataset> splits = open_splits(directory);
  const LeakReport report = find_leaks(splits, options);
  if (parsed->flag("json")) {
    print_json(splits, report);
  } else {
    print_text(splits, report);
  }
  std::cerr << escape_controls(directory) << ": " << report.samples << " samples compared by "
            << report.compared << "; " << report.leaks.size() << " stand in an earlier split, too; "
            << report.repeated << " repeat one of their own split\n";
  return report.leaks.empty() ? 0 : kNeedsALook;
}

}  // namespace dsprep
