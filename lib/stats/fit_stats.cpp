#include <algorithm>
#include <array>
#include <numeric>

#include "dsprep/error.h"
#include "dsprep/stats.h"
#include "formats/common/bytes.h"
#include "lib/stats/accumulator.h"
#include "lib/stats/counted_fit.h"
#include "lib/stats/field_reader.h"
#include "lib/stats/integer_counts.h"
#include "lib/stats/number_fit.h"
#include "lib/stats/quantiles.h"

namespace dsprep {
namespace {

constexpr std::array<std::string_view, 6> kPerNames = {"auto",  "pixel",   "image",
                                                       "value", "feature", "category"};
constexpr std::int64_t kMostFeatures = 4096;

void check_split(const Dataset& data, const StatsOptions& options) {
  if (data.split() != "train" && !options.allow_leak) {
    throw Error(ErrorCode::kUsage, "statistics are fitted on train, not on " + data.split(), {},
                "--allow-leak does it all the same, and records it");
  }
  if (data.size() == 0) throw Error(ErrorCode::kUsage, "split " + data.split() + " has no samples");
}

bool has_features(const Field& field) {
  return field.encoding == Encoding::kArray && !field.shape.empty() && field.shape.back() > 0 &&
         field.shape.back() <= kMostFeatures;
}

bool is_float(DType dtype) { return dtype >= DType::kFloat16; }

StatsPer resolve(const Field& field, StatsPer per) {
  if (per != StatsPer::kAuto) return per;
  if (is_picture(field)) return StatsPer::kPixel;
  if (field.encoding != Encoding::kArray) return StatsPer::kAuto;
  return (is_float(field.dtype) || !field.columns.empty()) && has_features(field)
             ? StatsPer::kFeature
             : StatsPer::kValue;
}

bool one_pass(const Field& field, StatsPer per) {
  return per == StatsPer::kPixel || per == StatsPer::kImage || per == StatsPer::kCategory ||
         field.encoding == Encoding::kClass;
}

void fit_in_one_pass(const Dataset& data, std::size_t field, StatsPer per,
                     const StatsOptions& options, unsigned jobs, FieldStats& out) {
  const Field& info = data.schema().fields[field];
  std::vector<std::unique_ptr<Accumulator>> parts;
  for (unsigned i = 0; i < jobs; ++i) parts.push_back(make_accumulator(info, per, options));
  FieldReader reader(data, field, jobs, 1, options.progress);
  reader.tensors([&](unsigned worker, const Tensor& tensor) { parts[worker]->add(tensor); });
  for (unsigned i = 1; i < jobs; ++i) parts[0]->merge(*parts[i]);
  parts[0]->report(out);
}

// Memory that grows with features and threads has a bound: beyond it there are fewer threads.
unsigned jobs_for(std::size_t features, unsigned jobs) {
  return std::clamp<unsigned>(static_cast<unsigned>(2 * kMostFeatures / features), 1, jobs);
}

std::vector<IntegerCounts> counters(DType dtype, unsigned jobs) {
  std::vector<IntegerCounts> parts;
  for (unsigned i = 0; i < jobs; ++i) parts.emplace_back(dtype);
  return parts;
}

std::optional<NumberStats> report_all(std::vector<IntegerCounts>& parts,
                                      std::span<const double> quantiles, std::size_t bins) {
  for (std::size_t i = 1; i < parts.size(); ++i) parts[0].merge(parts[i]);
  return parts[0].report(quantiles, bins);
}

// None where the field has values that cannot be counted.
std::optional<NumberStats> fit_counts(const Dataset& data, std::size_t field,
                                      const StatsOptions& options, unsigned jobs) {
  std::vector<IntegerCounts> parts = counters(data.schema().fields[field].dtype, jobs);
  FieldReader reader(data, field, jobs, 1, options.progress);
  reader.blocks([&](unsigned worker, Bytes values) {
    parts[worker].add(values);
    if (parts[worker].beyond()) reader.stop();
  });
  return report_all(parts, options.quantiles, options.bins);
}

// `counted`: null, or the counts of all values.
std::vector<NumberStats> fit_numbers(const Dataset& data, std::size_t field, std::size_t features,
                                     const StatsOptions& options, unsigned jobs,
                                     IntegerCounts* counted) {
  jobs = jobs_for(features, jobs);
  if (counted != nullptr) {
    if (auto numbers = counted->report(options.quantiles, options.bins))
      return {std::move(*numbers)};
  } else if (features == 1 && IntegerCounts::suits(data.schema().fields[field].dtype)) {
    if (auto numbers = fit_counts(data, field, options, jobs)) return {std::move(*numbers)};
  }
  NumberFit fit({.dtype = data.schema().fields[field].dtype,
                 .features = features,
                 .quantiles = options.quantiles,
                 .bins = options.bins,
                 .jobs = jobs});
  FieldReader reader(data, field, jobs, fit.passes(), options.progress);
  for (unsigned pass = 0; pass < fit.passes(); ++pass) {
    reader.blocks([&](unsigned worker, Bytes rows) { fit.add(worker, rows); });
    fit.end_pass();
  }
  return fit.report();
}

// None where a length is too large to be counted.
std::optional<NumberStats> count_lengths(const Dataset& data, std::size_t field,
                                         std::span<const double> quantiles, std::size_t bins,
                                         unsigned jobs) {
  std::vector<IntegerCounts> parts = counters(DType::kUint32, jobs);
  std::vector<std::vector<std::uint32_t>> narrow(jobs);
  FieldReader reader(data, field, jobs, 1, nullptr);
  reader.lengths([&](unsigned worker, const std::vector<std::uint64_t>& lengths) {
    narrow[worker].clear();
    for (const std::uint64_t length : lengths)
      narrow[worker].push_back(static_cast<std::uint32_t>(std::min<std::uint64_t>(length, ~0U)));
    parts[worker].add(std::as_bytes(std::span(narrow[worker])));
  });
  return report_all(parts, quantiles, bins);
}

NumberStats fit_lengths(const Dataset& data, std::size_t field, std::vector<double> quantiles,
                        std::size_t bins, unsigned jobs) {
  if (auto counted = count_lengths(data, field, quantiles, bins, jobs)) return std::move(*counted);
  NumberFit fit({.dtype = DType::kUint64,
                 .features = 1,
                 .quantiles = std::move(quantiles),
                 .bins = bins,
                 .jobs = jobs});
  FieldReader reader(data, field, jobs, 1, nullptr);
  for (unsigned pass = 0; pass < fit.passes(); ++pass) {
    reader.lengths([&](unsigned worker, const std::vector<std::uint64_t>& lengths) {
      fit.add(worker, std::as_bytes(std::span(lengths)));
    });
    fit.end_pass();
  }
  return fit.report().front();
}

std::size_t features_of(const Field& field, StatsPer per) {
  return per == StatsPer::kFeature ? static_cast<std::size_t>(field.shape.back()) : 1;
}

void fit_array(const Dataset& data, std::size_t field, const StatsOptions& options, unsigned jobs,
               IntegerCounts* counted, FieldStats& out) {
  const Field& info = data.schema().fields[field];
  if (out.per == StatsPer::kFeature) {
    const std::size_t features = features_of(info, out.per);
    std::vector<NumberStats> numbers = fit_numbers(data, field, features, options, jobs, counted);
    const bool named = info.columns.size() == features;
    for (std::size_t i = 0; i < features; ++i)
      out.features.push_back({named ? info.columns[i] : std::to_string(i), std::move(numbers[i])});
  } else if (info.encoding == Encoding::kArray) {
    out.values = fit_numbers(data, field, 1, options, jobs, counted).front();
  }
  if (info.ragged() || info.encoding != Encoding::kArray)
    out.lengths = fit_lengths(data, field, options.quantiles, options.bins, jobs);
}

FieldStats fit(const Dataset& data, std::string_view field, const StatsOptions& options,
               IntegerCounts* counted) {
  const std::size_t index = data.schema().index_of(field);
  const Field& info = data.schema().fields[index];
  if (const std::string refusal = stats_refusal(info, options.per); !refusal.empty())
    throw Error(ErrorCode::kUsage, refusal, {.field = info.name});
  check_quantiles(options.quantiles);
  check_split(data, options);
  const unsigned jobs = std::max(options.jobs, 1U);

  FieldStats stats;
  stats.field = info.name;
  stats.split = data.split();
  stats.dataset = dataset_digest(data.manifest());
  stats.per = resolve(info, options.per);
  stats.leak = data.split() != "train";
  stats.samples = data.size();
  if (one_pass(info, stats.per)) {
    fit_in_one_pass(data, index, stats.per, options, jobs, stats);
  } else {
    fit_array(data, index, options, jobs, counted, stats);
  }
  return stats;
}

// How many elements of `bytes` are `id`.
std::uint64_t count_equal(DType dtype, Bytes bytes, std::uint64_t id) {
  return with_layout(dtype, [&](auto layout) {
    using L = decltype(layout);
    using Raw = typename L::Raw;
    const auto wanted = static_cast<Raw>(id);
    std::uint64_t count = 0;
    if (wanted != id) return count;
    for (std::size_t i = 0; i + sizeof(Raw) <= bytes.size(); i += sizeof(Raw))
      count += L::load(bytes.data() + i) == wanted ? 1 : 0;
    return count;
  });
}

}  // namespace

std::string_view stats_per_name(StatsPer per) noexcept {
  return kPerNames[static_cast<std::size_t>(per)];
}

std::optional<StatsPer> stats_per_from_name(std::string_view name) noexcept {
  const auto* found = std::ranges::find(kPerNames, name);
  if (found == kPerNames.end()) return std::nullopt;
  return static_cast<StatsPer>(found - kPerNames.begin());
}

std::string stats_refusal(const Field& field, StatsPer per) {
  const bool array = field.encoding == Encoding::kArray;
  switch (per) {
    case StatsPer::kAuto:
      return {};
    case StatsPer::kPixel:
    case StatsPer::kImage:
      return is_picture(field) ? "" : "only pictures have pixels";
    case StatsPer::kValue:
      return field.encoding == Encoding::kImage ? "an encoded picture has no values but pixels"
                                                : "";
    case StatsPer::kFeature:
      return has_features(field) ? "" : "features need arrays (…, C) of one C, 4,096 at most";
    case StatsPer::kCategory:
      if (field.encoding == Encoding::kImage || (array && is_float(field.dtype)))
        return "categories are texts or integers";
      return array && (field.ragged() || field.row_bytes() != dtype_size(field.dtype))
                 ? "categories are one integer a sample"
                 : "";
  }
  return {};
}

double NumberStats::quantile(double q) const {
  const auto found = std::ranges::find(quantiles, q, &Quantile::q);
  if (found != quantiles.end()) return found->value;
  throw Error(ErrorCode::kUsage, "the quantile " + std::to_string(q) + " is not in the statistics",
              {}, count == 0 ? "there are no finite values" : "fit them with it");
}

FieldStats fit_stats(const Dataset& data, std::string_view field, const StatsOptions& options) {
  return fit(data, field, options, nullptr);
}

bool counts_values(const Field& field) {
  const StatsPer per = resolve(field, StatsPer::kAuto);
  return field.encoding == Encoding::kArray && !one_pass(field, per) &&
         features_of(field, per) == 1 && IntegerCounts::suits(field.dtype);
}

FieldStats fit_counted(const Dataset& data, std::string_view field, const StatsOptions& options,
                       IntegerCounts& counts) {
  return fit(data, field, options, &counts);
}

std::map<std::int64_t, double> balanced_weights(const FieldStats& stats) {
  if (stats.labels.empty())
    throw Error(ErrorCode::kUsage, "there are no labels to weigh", {.field = stats.field});
  std::uint64_t all = 0;
  for (const auto& [label, count] : stats.labels) all += count;
  const double share = static_cast<double>(all) / static_cast<double>(stats.labels.size());
  std::map<std::int64_t, double> weights;
  for (const auto& [label, count] : stats.labels)
    weights[label] = share / static_cast<double>(count);
  return weights;
}

TokenCounts count_tokens(const Dataset& data, std::string_view field,
                         std::optional<std::uint64_t> unknown_id, unsigned jobs) {
  const std::size_t index = data.schema().index_of(field);
  const Field& info = data.schema().fields[index];
  if (info.encoding != Encoding::kArray || is_float(info.dtype))
    throw Error(ErrorCode::kUsage, "tokens are arrays of integers", {.field = info.name});
  TokenCounts out;
  out.split = data.split();
  out.samples = data.size();
  out.lengths = fit_lengths(data, index, {0.25, 0.5, 0.75}, 32, jobs);
  std::atomic<std::uint64_t> ids{0}, unknown{0};
  FieldReader reader(data, index, jobs, 1, nullptr);
  reader.lengths([&](unsigned, const std::vector<std::uint64_t>& lengths) {
    ids += std::accumulate(lengths.begin(), lengths.end(), std::uint64_t{0});
  });
  out.ids = ids;
  if (!unknown_id) return out;
  reader.blocks(
      [&](unsigned, Bytes bytes) { unknown += count_equal(info.dtype, bytes, *unknown_id); });
  out.unknown = unknown;
  return out;
}

}  // namespace dsprep
