// dsprep inspect: what a dataset or a shard holds and how it was made.
#include <algorithm>
#include <iostream>

#include "dsprep/error.h"
#include "dsprep/image.h"
#include "formats/common/file.h"
#include "formats/common/text.h"
#include "tools/chart.h"
#include "tools/cli.h"
#include "tools/commands.h"
#include "tools/ingest/size.h"
#include "tools/sheet.h"
#include "tools/summary.h"
#include "tools/target.h"

namespace dsprep {
namespace {

using nlohmann::json;

std::string text_of(const json& value) {
  return value.is_string() ? escape_controls(value.get<std::string>()) : value.dump();
}

std::string shape_text(const json& shape) {
  std::string text;
  for (const auto& extent : shape) text += (text.empty() ? "" : ", ") + extent.dump();
  return "(" + text + ")";
}

// How the lengths are spread.
void print_histogram(const json& lengths, ChartStyle style) {
  const auto counts = lengths.value("histogram", std::vector<std::uint64_t>());
  if (counts.empty()) return;
  std::cout << column_chart(counts, lengths["min"].dump(), lengths["max"].dump(),
                            {.style = style, .height = 3});
}

void print_fields(const json& fields, ChartStyle style) {
  for (const json& field : fields) {
    std::cout << "field     " << text_of(field["name"]) << ": " << text_of(field["encoding"])
              << ", " << text_of(field["dtype"]) << " " << shape_text(field["shape"]);
    if (field.contains("lengths")) {
      const json& lengths = field["lengths"];
      std::printf("; lengths %lld to %lld, mean %.1f", lengths["min"].get<long long>(),
                  lengths["max"].get<long long>(), lengths["mean"].get<double>());
    }
    std::cout << "\n";
    if (field.contains("lengths")) print_histogram(field["lengths"], style);
  }
}

std::uint64_t samples_of(const json& entry) {
  std::uint64_t sum = 0;
  for (const auto& [split, count] : entry["samples"].items()) sum += count.get<std::uint64_t>();
  return sum;
}

void print_classes(const json& classes, ChartStyle style) {
  constexpr std::size_t kBarWidth = 24;
  if (classes.empty()) return;
  std::cout << "classes   " << classes.size() << "\n";
  std::uint64_t most = 0;
  for (const json& entry : classes) most = std::max(most, samples_of(entry));
  for (const json& entry : classes) {
    std::cout << "          " << entry["label"] << " " << text_of(entry["name"]) << ":";
    for (const auto& [split, count] : entry["samples"].items())
      std::cout << " " << escape_controls(split) << " " << count;
    std::cout << "  " << bar(samples_of(entry), most, kBarWidth, style) << "\n";
  }
}

void print_text(const json& about, ChartStyle style) {
  for (const char* name : {"kind", "container", "digest", "split", "part", "plan"}) {
    if (about.contains(name))
      std::cout << name << std::string(10 - std::string(name).size(), ' ') << text_of(about[name])
                << "\n";
  }
  std::cout << "samples   " << about["samples"];
  if (about.contains("shards")) std::cout << " in " << about["shards"] << " shards";
  std::cout << ", " << human_bytes(about["bytes"].get<std::uint64_t>()) << "\n";
  for (const json& split : about.value("splits", json::array())) {
    std::cout << "split     " << text_of(split["name"]) << ": " << split["samples"]
              << " samples in " << split["shards"] << " shards, "
              << human_bytes(split["bytes"].get<std::uint64_t>()) << "\n";
  }
  print_fields(about["fields"], style);
  print_classes(about.value("classes", json::array()), style);
  std::cout << "made with " << about["made"].dump() << "\n";
  for (const json& warning : about["warnings"])
    std::cout << "warning: " << text_of(warning) << "\n";
}

int write_sheet(const std::filesystem::path& target, const std::string& out) {
  if (!out.ends_with(".png"))
    throw Error(ErrorCode::kUsage, "--sheet: '" + out + "' does not end in .png");
  if (!is_dataset(target)) {
    throw Error(ErrorCode::kUsage, "--sheet shows a dataset, not a shard",
                {.file = target.string()});
  }
  std::vector<std::byte> bytes;
  encode_png(contact_sheet(target), bytes);
  write_whole(out, bytes);
  return 0;
}

}  // namespace

int run_inspect(const std::vector<std::string>& arguments) {
  CommandLine command{
      .name = "inspect",
      .synopsis = "DIR|SHARD [--json | --sheet FILE.png]",
      .description =
          "Prints what it holds and how it was made: splits, sizes, fields, histograms of their "
          "lengths, classes with\ntheir samples, and warnings. Reads the indexes and the classes, not the samples.",
      .positional = {"DIR|SHARD"}};
  command.options.add_options()("json", po::bool_switch(), "one line of JSON")(
      "ascii", po::bool_switch(), "draw with ASCII alone");
  command.options.add_options()(
      "sheet", po::value<std::string>()->value_name("FILE.png"),
      "pictures: write a contact sheet, samples of each class or tiles in their places");
  add_jobs_option(command.options);
  const auto options = parse(command, arguments);
  if (!options) return 0;
  const std::filesystem::path target = options->positional()[0];
  const unsigned threads = jobs(*options);
  if (options->given("sheet")) return write_sheet(target, options->text("sheet"));
  const json about =
      is_dataset(target) ? summarize_dataset(target, threads) : summarize_shard(target);
  if (options->flag("json")) {
    std::cout << about.dump(-1, ' ', false, json::error_handler_t::replace) << "\n";
  } else {
    print_text(about, options->flag("ascii") ? ChartStyle::kAscii : chart_style());
  }
  return 0;
}

}  // namespace dsprep
