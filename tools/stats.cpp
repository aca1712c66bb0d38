// dsprep stats: mean, deviation and counts of a split, for training and for looking.
#include "dsprep/stats.h"

#include <cstdio>
#include <iostream>

#include "dsprep/error.h"
#include "formats/common/text.h"
#include "tools/cli.h"
#include "tools/commands.h"
#include "tools/ingest/progress.h"
#include "tools/target.h"

namespace dsprep {
namespace {

constexpr const char* kColumns = "%-24s %12s %14s %14s %10s %10s\n";

std::string real(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.6f", value);
  return text;
}

void print_row(const std::string& name, const NumberStats& numbers) {
  const bool known = numbers.count != 0;
  std::printf(kColumns, name.c_str(), std::to_string(numbers.count).c_str(),
              known ? real(numbers.mean).c_str() : "-",
              numbers.count > 1 ? real(numbers.std).c_str() : "-",
              known ? std::to_string(numbers.min).c_str() : "-",
              known ? std::to_string(numbers.max).c_str() : "-");
}

void print_table(const FieldStats& stats, const std::vector<std::string>& classes) {
  std::printf("%s of split %s%s, %llu samples", stats.field.c_str(),
              escape_controls(stats.split).c_str(), stats.leak ? " (not train: --allow-leak)" : "",
              static_cast<unsigned long long>(stats.samples));
  if (stats.per != StatsPer::kAuto)
    std::printf(", per %s", std::string(stats_per_name(stats.per)).c_str());
  std::printf("\n");
  if (!stats.labels.empty()) std::printf("%-24s %12s\n", "label", "samples");
  for (const auto& [label, count] : stats.labels) {
    const bool named = label >= 0 && static_cast<std::uint64_t>(label) < classes.size();
    const std::string name =
        named ? " " + escape_controls(classes[static_cast<std::size_t>(label)]) : std::string();
    std::printf("%-24s %12llu\n", (std::to_string(label) + name).c_str(),
                static_cast<unsigned long long>(count));
  }
  if (stats.labels.empty()) std::printf(kColumns, "", "count", "mean", "std", "min", "max");
  static constexpr const char* kRgb[] = {"red", "green", "blue"};
  for (std::size_t c = 0; c < stats.channels.size(); ++c) {
    print_row(stats.channels.size() == 3 ? kRgb[c] : "channel " + std::to_string(c),
              stats.channels[c].numbers);
  }
  if (stats.values) print_row("values", *stats.values);
  if (stats.lengths) print_row("lengths", *stats.lengths);
}

StatsOptions stats_options(const ParsedOptions& options) {
  if (options.text("scaler") != "standard") {
    throw Error(
        ErrorCode::kUsage,
        "--scaler " + escape_controls(options.text("scaler")) + " is not supported by this version",
        {}, "it supports: standard");
  }
  StatsOptions out;
  if (options.given("per"))
    out.per = *stats_per_from_name(options.choice("per", {"pixel", "image", "value"}));
  out.jobs = jobs(options);
  out.allow_leak = options.flag("allow-leak");
  return out;
}

// The fields to look at: the one that was asked for, or all that have statistics of the kind.
std::vector<std::string> chosen_fields(const Dataset& data, const ParsedOptions& options,
                                       StatsPer per) {
  if (options.given("field")) return {options.text("field")};
  std::vector<std::string> names;
  for (const Field& field : data.schema().fields) {
    const std::string refusal = stats_refusal(field, per);
    if (refusal.empty()) {
      names.push_back(field.name);
    } else {
      std::cerr << "dsprep: warning: field " << field.name << " is left out: " << refusal << "\n";
    }
  }
  if (names.empty()) throw Error(ErrorCode::kUsage, "no field has statistics of this kind");
  return names;
}

CommandLine command_line() {
  CommandLine command{
      .name = "stats",
      .synopsis = "DIR [options]",
      .description =
          "Fits on the train split: mean and standard deviation of pixels or values, lengths, "
          "samples of each "
          "class. Exact:\nthe same for any --jobs. Prints a table and writes DIR/stats.json.",
      .positional = {"DIR"}};
  command.options.add_options()("field", po::value<std::string>()->value_name("F"),
                                "only this field (all that can be)")(
      "split", po::value<std::string>()->default_value("train")->value_name("S"),
      "the split; another than train needs --allow-leak")(
      "allow-leak", po::bool_switch(), "fit on another split than train; the result records it")(
      "per", po::value<std::string>()->value_name("WHAT"),
      "pixel (pictures), image (means of pictures) or value (arrays)")(
      "scaler", po::value<std::string>()->default_value("standard")->value_name("NAME"),
      "standard")("json", po::bool_switch(), "print a line of JSON a field in place of the table");
  add_jobs_option(command.options);
  add_progress_option(command.options);
  return command;
}

}  // namespace

int run_stats(const std::vector<std::string>& arguments) {
  const auto options = parse(command_line(), arguments);
  if (!options) return 0;
  StatsOptions how = stats_options(*options);
  const ProgressMode mode = parse_progress(options->text("progress"));
  const std::filesystem::path directory = options->positional()[0];
  const Dataset data = Dataset::open(directory, options->text("split"));
  const std::uint64_t bytes = split_bytes(data);
  std::vector<FieldStats> results;
  for (const std::string& field : chosen_fields(data, *options, how.per)) {
    Progress progress(mode, "reading " + field + " of", bytes);
    how.progress = [&](std::uint64_t done, std::uint64_t total) {
      const double share = static_cast<double>(done) / static_cast<double>(total);
      progress.update(static_cast<std::uint64_t>(share * static_cast<double>(bytes)), bytes);
    };
    results.push_back(fit_stats(data, field, how));
  }
  save_stats(directory, results);
  for (const FieldStats& stats : results) {
    if (options->flag("json")) {
      std::cout << stats_to_json(stats) << "\n";
    } else {
      print_table(stats, data.classes());
    }
  }
  return 0;
}

}  // namespace dsprep
