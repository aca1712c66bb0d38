#include "tools/build_report.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <vector>

#include "dsprep/columns.h"
#include "formats/common/text.h"
#include "tools/ingest/left_out.h"
#include "tools/timing.h"

namespace dsprep {
namespace {

constexpr int kNeedsALook = 3;

void print_published(const Manifest& manifest, const BuildReport& report,
                     const BuildOptions& options) {
  std::cerr << options.out.string() << ": "
            << (report.already_built ? "stands already, complete: " : "") << manifest.samples()
            << " samples in " << manifest.shards.size() << " shards ("
            << container_name(manifest.container) << ")";
  for (const SplitInfo& split : manifest.splits)
    std::cerr << ", " << split.name << " " << split.samples;
  if (manifest.rejected != 0)
    std::cerr << "; " << manifest.rejected << " inputs rejected, listed in rejects.jsonl";
  if (report.kept_slices != 0)
    std::cerr << "; " << report.kept_slices << " slices kept from an earlier run";
  std::cerr << "\ndigest " << to_hex(dataset_digest(manifest)) << "\n";
  for (const SplitInfo& split : manifest.splits)
    if (split.samples == 0) std::cerr << "the split " << split.name << " has no samples\n";
}

// What was left out, or taken in spite of a fault.
void print_counts(const Manifest& manifest) {
  const nlohmann::json provenance = nlohmann::json::parse(manifest.provenance);
  const char* before = "counted: ";
  for (const LeftOutCount& each : kLeftOutCounts) {
    if (!provenance.contains(each.name)) continue;
    std::cerr << before << each.name << " " << provenance[each.name];
    before = ", ";
  }
  if (*before == ',') std::cerr << "\n";
}

void print_ignored(const Plan& plan) {
  if (!plan.ignored.empty() && plan.ignored != "{}")
    std::cerr << "not taken: " << plan.ignored << "\n";
}

// One text in a column of numbers makes it a text: what is wanted, or a slip of the pen.
void print_mixed_columns(const Plan& plan) {
  if (plan.table.empty()) return;
  const nlohmann::json table = nlohmann::json::parse(plan.table);
  for (const auto& field : table.at("fields")) {
    for (const auto& column : field.at("columns")) {
      if (!column.value("mixed", false)) continue;
      std::cerr << "column '" << escape_controls(column.at("name").get<std::string>())
                << "' has numbers and texts: taken as texts (with --columns NAME:float32 they are "
                   "errors that name their lines)\n";
    }
  }
}

// Each decimal number is a class of its own: hardly what a column of values to predict is for.
void print_decimal_labels(const Plan& plan) {
  if (plan.classes.empty() || plan.options.empty()) return;  // as `merge` reports it
  const nlohmann::json options = nlohmann::json::parse(plan.options);
  const std::string field =
      options.value(plan.kind, nlohmann::json::object()).value("label_field", "");
  const auto is_number = [](const std::string& text) {
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size() &&
           text.find_first_of("0123456789") != text.npos;
  };
  if (field.empty() || !std::ranges::all_of(plan.classes, is_number)) return;
  std::cerr << "labels '" << escape_controls(field)
            << "' are decimal numbers: " << plan.classes.size()
            << " classes, one for each (a table takes numbers to predict as "
               "a field: --columns '*,y=NAME:float32')\n";
}

// How many samples of each label are in each split, in the order of the plan's splits.
using LabelCounts = std::map<std::int64_t, std::vector<double>>;

// Empty where contents decide on splits.
LabelCounts labels_of_files(const Plan& plan) {
  LabelCounts counts;
  for (const Entry& entry : plan.entries) {
    if (entry.split >= plan.splits.size()) return {};
    auto& row = counts[entry.label];
    row.resize(plan.splits.size());
    row[entry.split] += 1;
  }
  return counts;
}

LabelCounts labels_of_samples(const Manifest& manifest, const std::filesystem::path& directory) {
  LabelCounts counts;
  if (!manifest.schema.find("label")) return counts;
  for (std::size_t i = 0; i < manifest.splits.size(); ++i) {
    for (const std::int64_t label : labels(Dataset::open(directory, manifest.splits[i].name))) {
      auto& row = counts[label];
      row.resize(manifest.splits.size());
      row[i] += 1;
    }
  }
  return counts;
}

// The largest difference between a label's share of a split and the share that was asked for.
void print_stratification(const BuildReport& report, const BuildOptions& options) {
  LabelCounts counts = labels_of_files(report.plan);
  if (counts.empty() && report.published)
    counts = labels_of_samples(*report.published, options.out);
  if (counts.empty()) return;
  double worst = 0;
  for (const auto& [label, row] : counts) {
    double sum = 0;
    for (const double count : row) sum += count;
    for (std::size_t i = 0; i < row.size() && i < options.split.shares().size(); ++i) {
      const double wanted = static_cast<double>(options.split.shares()[i].millionths) / 1e6;
      worst = std::max(worst, std::abs(row[i] / sum - wanted));
    }
  }
  std::fprintf(
      stderr,
      "stratify: a label's share of a split differs by %.4f at most from the share asked for\n",
      worst);
}

// What a call did that published nothing.
void print_part(const BuildReport& report, const BuildOptions& options) {
  std::cerr << "plan " << report.plan.build << ": ";
  if (options.phase == Phase::kSurvey) {
    std::cerr << report.surveyed_slices << " of " << report.plan.slices.size()
              << " slices surveyed now, " << report.kept_slices
              << " were before; `--phase plan` joins what all parts found\n";
  } else if (options.phase == Phase::kPlan) {
    std::cerr << "complete, " << report.plan.slices.size()
              << " slices; `--phase write` writes them\n";
  } else {
    std::cerr << report.samples << " samples written now, " << report.kept_slices
              << " slices were finished before; `dsprep merge` joins the parts\n";
  }
}

void print_timing(const BuildReport& report) {
  std::cout << to_json(Timing{report.samples, report.bytes, report.startup_seconds, report.seconds,
                              report.sync_seconds})
            << "\n";
}

}  // namespace

int print_report(const BuildReport& report, const BuildOptions& options, bool timing) {
  if (options.dry_run) {
    std::cout << plan_text(report.plan);
    return 0;
  }
  print_ignored(report.plan);
  print_mixed_columns(report.plan);
  print_decimal_labels(report.plan);
  if (options.stratify) print_stratification(report, options);
  if (report.published) {
    print_published(*report.published, report, options);
    print_counts(*report.published);
  } else {
    print_part(report, options);
  }
  if (timing) print_timing(report);
  return report.published && report.published->rejected != 0 ? kNeedsALook : 0;
}

}  // namespace dsprep
