#include "tools/stats_table.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>

#include "formats/common/text.h"

namespace dsprep {
namespace {

constexpr std::size_t kMostQuantiles = 5;    // columns of the table
constexpr std::size_t kMostCategories = 50;  // lines of the table
constexpr std::size_t kBarCells = 24;

struct Row {
  std::string name;
  const NumberStats* numbers;
};

// Width on the terminal: bytes that do not continue a character.
std::size_t cells(const std::string& text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (c & 0xC0) != 0x80; }));
}

// Columns as wide as their widest cell; the first to the left, the others to the right.
void print_columns(const std::vector<std::vector<std::string>>& table) {
  std::vector<std::size_t> widths;
  for (const auto& row : table) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], cells(row[i]));
  }
  for (const auto& row : table) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string space(widths[i] - cells(row[i]), ' ');
      line += i == 0 ? row[i] + space : "  " + space + row[i];
    }
    std::printf("%s\n", line.c_str());
  }
}

std::string real(double value) {
  if (value != 0 && std::abs(value) < 1e-3) return short_number(value);
  char text[40];
  std::snprintf(text, sizeof text, "%.6f", value);
  const std::string plain = text;
  return plain.size() <= 14 ? plain : short_number(value);
}

std::string percent(double q) { return short_number(q * 100) + "%"; }

std::vector<std::string> number_cells(const Row& row, bool special, std::size_t quantiles) {
  const NumberStats& numbers = *row.numbers;
  const bool known = numbers.count != 0;
  std::vector<std::string> out = {
      row.name, std::to_string(numbers.count), known ? real(numbers.mean) : "-",
      numbers.count > 1 ? real(numbers.std) : "-", known ? short_number(numbers.min) : "-"};
  for (std::size_t i = 0; i < quantiles; ++i)
    out.push_back(known ? short_number(numbers.quantiles[i].value) : "-");
  out.push_back(known ? short_number(numbers.max) : "-");
  if (special) {
    out.push_back(std::to_string(numbers.missing));
    out.push_back(std::to_string(numbers.infinite));
  }
  return out;
}

void print_numbers(const std::vector<Row>& rows) {
  if (rows.empty()) return;
  const bool special = std::ranges::any_of(
      rows, [](const Row& row) { return row.numbers->missing != 0 || row.numbers->infinite != 0; });
  std::vector<std::string> head = {"", "count", "mean", "std", "min"};
  std::vector<Quantile> quantiles;
  for (const Row& row : rows) {
    if (quantiles.empty()) quantiles = row.numbers->quantiles;
  }
  quantiles.resize(std::min(quantiles.size(), kMostQuantiles));
  for (const Quantile& quantile : quantiles) head.push_back(percent(quantile.q));
  head.push_back("max");
  if (special) head.insert(head.end(), {"missing", "infinite"});
  std::vector<std::vector<std::string>> table = {head};
  for (const Row& row : rows) table.push_back(number_cells(row, special, quantiles.size()));
  print_columns(table);
}

void print_histogram(const Row& row, ChartStyle style) {
  if (!row.numbers->histogram) return;
  const Histogram& histogram = *row.numbers->histogram;
  std::printf("\n%s\n%s", row.name.c_str(),
              column_chart(histogram.counts, short_number(histogram.min),
                           short_number(histogram.max), {.style = style})
                  .c_str());
}

struct Counted {
  std::string name;
  std::uint64_t count;
  double weight = 0;  // against imbalance; 0: none is shown
};

// `all`: samples, those that no row counts, too. Weights are shown where there are any.
void print_counts(const char* what, const std::vector<Counted>& rows, std::uint64_t all,
                  ChartStyle style) {
  std::uint64_t most = 0;
  for (const Counted& row : rows) most = std::max(most, row.count);
  const bool weighted = !rows.empty() && rows.front().weight != 0;
  std::vector<std::vector<std::string>> table = {
      {what, "samples", weighted ? " share    weight" : "share"}};
  const std::size_t shown = std::min(rows.size(), kMostCategories);
  for (std::size_t i = 0; i < shown; ++i) {
    const double share = static_cast<double>(rows[i].count) / static_cast<double>(all);
    char text[16];
    std::snprintf(text, sizeof text, "%.1f%%", share * 100);
    std::string numbers = text;
    if (weighted) {
      std::snprintf(text, sizeof text, "%8s", short_number(rows[i].weight).c_str());
      numbers =
          std::string(6 - std::min<std::size_t>(6, numbers.size()), ' ') + numbers + "  " + text;
    }
    const std::string drawn = bar(rows[i].count, most, kBarCells, style);
    table.push_back({rows[i].name, std::to_string(rows[i].count), numbers,
                     drawn + std::string(kBarCells - std::min(kBarCells, cells(drawn)), ' ')});
    table.back().back().erase(table.back().back().find_last_not_of(' ') + 1);
  }
  // Bars stand at the left of their column, and end where they end.
  std::size_t name_width = cells(what), count_width = 7;
  for (const auto& row : table) {
    name_width = std::max(name_width, cells(row[0]));
    count_width = std::max(count_width, row[1].size());
  }
  for (const auto& row : table) {
    std::string line = row[0] + std::string(name_width - cells(row[0]) + 2, ' ');
    line += std::string(count_width - row[1].size(), ' ') + row[1] + "  ";
    line += std::string(6 - std::min<std::size_t>(6, row[2].size()), ' ') + row[2];
    if (row.size() > 3) line += "  " + row[3];
    std::printf("%s\n", line.c_str());
  }
  if (shown < rows.size()) std::printf("… and %zu more\n", rows.size() - shown);
}

std::vector<Row> rows_of(const FieldStats& stats) {
  static constexpr const char* kRgb[] = {"red", "green", "blue"};
  std::vector<Row> rows;
  for (std::size_t c = 0; c < stats.channels.size(); ++c) {
    rows.push_back({stats.channels.size() == 3 ? kRgb[c] : "channel " + std::to_string(c),
                    &stats.channels[c].numbers});
  }
  for (const FeatureStats& feature : stats.features)
    rows.push_back({escape_controls(feature.name), &feature.numbers});
  if (stats.values) rows.push_back({"values", &*stats.values});
  if (stats.lengths) rows.push_back({"lengths", &*stats.lengths});
  return rows;
}

// "2 owl" where 2 has a name.
std::string with_name(const std::string& value, const std::vector<std::string>& names) {
  const auto number = parse_u64(value);
  const bool named = number && *number < names.size();
  return escape_controls(named ? value + " " + names[*number] : value);
}

}  // namespace

void print_stats(const FieldStats& stats, const std::vector<std::string>& names, ChartStyle style) {
  std::printf("%s of split %s%s, %llu samples", stats.field.c_str(),
              escape_controls(stats.split).c_str(), stats.leak ? " (not train: --allow-leak)" : "",
              static_cast<unsigned long long>(stats.samples));
  if (stats.per != StatsPer::kAuto)
    std::printf(", per %s", std::string(stats_per_name(stats.per)).c_str());
  std::printf("\n");
  std::vector<Counted> counted;
  std::map<std::int64_t, double> weights;
  if (stats.labels.size() > 1) weights = balanced_weights(stats);
  for (const auto& [label, count] : stats.labels) {
    const std::string name = with_name(std::to_string(label), names);
    counted.push_back({name, count, weights.empty() ? 0 : weights[label]});
  }
  if (!counted.empty()) print_counts("label", counted, stats.samples, style);
  counted.clear();
  for (const Category& category : stats.categories)
    counted.push_back({with_name(category.value, names), category.count});
  std::ranges::stable_sort(counted, std::greater<>(), &Counted::count);
  if (!counted.empty()) print_counts("category", counted, stats.samples, style);
  if (stats.per == StatsPer::kCategory) {
    std::printf("%zu categories, %llu samples of rarer ones\n", stats.categories.size(),
                static_cast<unsigned long long>(stats.unknown));
  }
  const std::vector<Row> rows = rows_of(stats);
  print_numbers(rows);
  for (const Row& row : rows) print_histogram(row, style);
  for (std::size_t c = 0; c < stats.channels.size(); ++c) {
    if (stats.channels[c].numbers.quantiles.empty()) continue;
    std::printf("\n%s\n%s", rows[c].name.c_str(),
                column_chart(stats.channels[c].histogram, "0", "255", {.style = style}).c_str());
  }
  if (!stats.scaler) return;
  std::printf("\nscaler %s: (x - center) / scale\n", stats.scaler->kind.c_str());
  std::vector<std::vector<std::string>> table = {{"", "center", "scale"}};
  for (std::size_t i = 0; i < stats.scaler->center.size(); ++i) {
    table.push_back({stats.features.empty() ? "values" : escape_controls(stats.features[i].name),
                     short_number(stats.scaler->center[i]), short_number(stats.scaler->scale[i])});
  }
  print_columns(table);
}

void print_token_counts(std::span<const TokenCounts> counts, bool unknown_known) {
  std::vector<std::vector<std::string>> table = {
      {"split", "samples", "tokens", "mean", "50%", "max", "unknown"}};
  for (const TokenCounts& split : counts) {
    const bool known = split.lengths.count != 0;
    const double share =
        split.ids == 0 ? 0
                       : 100 * static_cast<double>(split.unknown) / static_cast<double>(split.ids);
    table.push_back({escape_controls(split.split), std::to_string(split.samples),
                     std::to_string(split.ids), known ? short_number(split.lengths.mean) : "-",
                     known ? short_number(split.lengths.quantile(0.5)) : "-",
                     known ? short_number(split.lengths.max) : "-",
                     unknown_known ? short_number(share) + "%" : "-"});
  }
  std::printf("\ntokens a sample, and unknown ones, of every split\n");
  print_columns(table);
}

}  // namespace dsprep
