// dsprep stats: mean, deviation, quantiles and counts of a split, for training and for looking.
#include "dsprep/stats.h"

#include <algorithm>
#include <cstdio>
#include <iostream>

#include "dsprep/error.h"
#include "dsprep/fitted.h"
#include "formats/common/file.h"
#include "formats/common/json.h"
#include "formats/common/text.h"
#include "tools/cli.h"
#include "tools/commands.h"
#include "tools/ingest/progress.h"
#include "tools/ingest/train_stats.h"
#include "tools/stats_table.h"
#include "tools/target.h"

namespace dsprep {
namespace {

std::vector<double> parse_quantiles(const std::string& text) {
  std::vector<double> out;
  if (text == "none") return out;
  std::size_t at = 0;
  while (at <= text.size()) {
    const std::size_t end = std::min(text.find(',', at), text.size());
    const std::string part = text.substr(at, end - at);
    std::size_t used = 0;
    double value = -1;
    try {
      value = std::stod(part, &used);
    } catch (const std::exception&) {
      used = 0;
    }
    if (used == 0 || used != part.size() || !(value >= 0 && value <= 1)) {
      throw Error(ErrorCode::kUsage,
                  "--quantiles: '" + escape_controls(part) + "' is no number from 0 to 1", {},
                  "such as 0.01,0.5,0.99, or none");
    }
    out.push_back(value);
    at = end + 1;
  }
  return out;
}

StatsOptions stats_options(const ParsedOptions& options) {
  StatsOptions out;
  if (options.given("per")) {
    out.per = *stats_per_from_name(
        options.choice("per", {"pixel", "image", "value", "feature", "category"}));
  }
  out.quantiles = parse_quantiles(options.text("quantiles"));
  if (options.given("scaler") && options.text("scaler") == "robust") {  // needs its own
    for (const double q : {0.25, 0.5, 0.75}) {
      if (std::ranges::find(out.quantiles, q) == out.quantiles.end()) out.quantiles.push_back(q);
    }
  }
  out.min_count = options.count("min-count");
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

bool is_tokens(const Field& field) {
  return field.encoding == Encoding::kArray && field.shape.size() == 1 &&
         (field.dtype == DType::kUint16 || field.dtype == DType::kUint32);
}

// The id of unknown pieces: what the user says, else what the dataset's tokenizer.json says.
std::optional<std::uint64_t> unknown_id(const Dataset& data, const ParsedOptions& options) {
  if (options.given("unknown")) return options.count("unknown");
  const std::filesystem::path file = data.directory() / "tokenizer.json";
  std::error_code ignored;
  if (!std::filesystem::exists(file, ignored)) return std::nullopt;
  const auto json = nlohmann::json::parse(read_text(file), nullptr, false);
  if (!json.is_object() || !json.contains("model") || !json["model"].is_object())
    return std::nullopt;
  const auto& model = json["model"];
  if (model.contains("unk_id") && model["unk_id"].is_number_unsigned())
    return model["unk_id"].get<std::uint64_t>();
  if (!model.contains("unk_token") || !model["unk_token"].is_string() || !model.contains("vocab"))
    return std::nullopt;
  const auto found = model["vocab"].find(model["unk_token"].get<std::string>());
  if (!model["vocab"].is_object() || found == model["vocab"].end()) return std::nullopt;
  return found->is_number_unsigned() ? std::optional(found->get<std::uint64_t>()) : std::nullopt;
}

// What the integers of a field stand for: classes of labels, values of a table's categories.
std::vector<std::string> value_names(const Dataset& data, const Field& field) {
  if (field.encoding == Encoding::kClass) return data.classes();
  const std::filesystem::path file = data.directory() / "table.json";
  std::error_code ignored;
  if (!std::filesystem::exists(file, ignored)) return {};
  return read_json(read_text(file), {.file = file.string()}, [&](const nlohmann::json& table) {
    for (const auto& about : table.at("fields")) {
      if (about.at("field") == field.name && !about.at("vector").get<bool>())
        return about.at("columns").at(0).value("categories", std::vector<std::string>());
    }
    return std::vector<std::string>();
  });
}

// Counting is not fitting: every split is counted.
std::vector<TokenCounts> tokens_of_splits(const Dataset& data, const std::string& field,
                                          std::optional<std::uint64_t> unknown, unsigned jobs) {
  std::vector<TokenCounts> counts;
  for (const Dataset& split : open_splits(data.directory()))
    counts.push_back(count_tokens(split, field, unknown, jobs));
  return counts;
}

nlohmann::json token_counts_json(std::span<const TokenCounts> counts, bool unknown_known) {
  auto list = nlohmann::json::array();
  for (const TokenCounts& split : counts) {
    list.push_back({{"split", split.split}, {"samples", split.samples}, {"tokens", split.ids}});
    if (split.lengths.count != 0) {
      list.back()["mean_length"] = split.lengths.mean;
      list.back()["max_length"] = static_cast<std::uint64_t>(split.lengths.max);
    }
    if (unknown_known) list.back()["unknown"] = split.unknown;
  }
  return list;
}

// One field's statistics, as a table or a line of JSON; of tokens those of all splits, too.
void print_field(const Dataset& data, const FieldStats& stats, StatsPer per,
                 const ParsedOptions& options) {
  const Field& field = data.schema().fields[data.schema().index_of(stats.field)];
  std::vector<TokenCounts> counts;
  const auto unknown = unknown_id(data, options);
  if (is_tokens(field) && per != StatsPer::kFeature)
    counts = tokens_of_splits(data, stats.field, unknown, jobs(options));
  if (options.flag("json")) {
    auto line = nlohmann::json::parse(stats_to_json(stats));
    if (!counts.empty()) line["tokens"] = token_counts_json(counts, unknown.has_value());
    std::cout << line << "\n";
    return;
  }
  const ChartStyle style = options.flag("ascii") ? ChartStyle::kAscii : chart_style();
  print_stats(stats, value_names(data, field), style);
  if (!counts.empty()) print_token_counts(counts, unknown.has_value());
}

void add_scaler(FieldStats& stats, const ParsedOptions& options) {
  if (!options.given("scaler")) return;
  const auto kind = *scaler_from_name(options.choice("scaler", {"standard", "robust", "minmax"}));
  if (!stats.features.empty() || (stats.values && stats.values->count != 0)) {
    stats.scaler = Scaler(kind, stats).fitted();
  } else {
    std::cerr << "dsprep: warning: field " << stats.field
              << " has no scaler: it is not of numbers (pictures are normalised by mean and std)\n";
  }
}

CommandLine command_line() {
  CommandLine command{
      .name = "stats",
      .synopsis = "DIR [options]",
      .description =
          "Fits on the train split: mean and standard deviation (unbiased), least and greatest,\n"
          "quantiles, histograms and missing values of pixels, values or features; lengths; "
          "samples of each\nclass or category. Exact: the same for any --jobs. Prints a table and "
          "writes DIR/stats.json.\n\n"
          "Per pixel is the norm of the field (ImageNet's mean and std are such): every pixel "
          "counts once.\nPer image is what averaging the images' means with Welford's formula "
          "estimates: the mean of means,\nand the deviation between images, which is smaller than "
          "that of pixels. Normalise with per pixel.",
      .positional = {"DIR"}};
  command.options.add_options()("field", po::value<std::string>()->value_name("F"),
                                "only this field (all that can be)")(
      "split", po::value<std::string>()->default_value("train")->value_name("S"),
      "the split; another than train needs --allow-leak")(
      "allow-leak", po::bool_switch(), "fit on another split than train; the result records it")(
      "per", po::value<std::string>()->value_name("WHAT"),
      "pixel (pictures), image (means of pictures), value (arrays), feature (each place of the "
      "last axis; float arrays), category (different texts or integers)")(
      "quantiles", po::value<std::string>()->default_value("0.25,0.5,0.75")->value_name("LIST"),
      "exact, with linear interpolation as numpy's; none saves passes over the data: 1 instead of "
      "2 (16 bits), 3 (32) or 5 (64)")(
      "bins", po::value<Count>()->value_name("N"),
      "histograms of N bins between least and greatest (32; of floats none)")(
      "scaler", po::value<std::string>()->value_name("NAME"),
      "note center and scale too: standard, robust (median, quartiles) or minmax")(
      "min-count", po::value<Count>()->default_value(Count{1})->value_name("N"),
      "rarer categories are counted as unknown")(
      "unknown", po::value<Count>()->value_name("ID"),
      "the token that stands for unknown pieces (what tokenizer.json says)")(
      "ascii", po::bool_switch(), "draw with ASCII alone")(
      "json", po::bool_switch(), "print a line of JSON a field in place of the table");
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
    how.bins = options->given("bins")
                   ? options->count("bins")
                   : shown_bins(data.schema().fields[data.schema().index_of(field)]);
    results.push_back(fit_stats(data, field, how));
    add_scaler(results.back(), *options);
  }
  save_stats(directory, results);
  for (const FieldStats& stats : results) {
    if (!options->flag("json") && &stats != &results.front()) std::printf("\n");
    print_field(data, stats, how.per, *options);
  }
  return 0;
}

}  // namespace dsprep
