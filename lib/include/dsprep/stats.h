// Statistics of one field of a split: exact, and the same for any number of threads. Free functions
// and values.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dsprep/dataset.h"

namespace dsprep {

/// What counts as one value.
enum class StatsPer : std::uint8_t {
  kAuto,      ///< pixel for pictures, feature for floats and named columns, else value
  kPixel,     ///< every pixel of every picture; large pictures weigh more. The field's usual norm
  kImage,     ///< the mean of each picture; each weighs the same. Means are kept in steps of 2^-32
  kValue,     ///< every element of an array
  kFeature,   ///< every element with the same place on the last axis, for arrays of (…, C)
  kCategory,  ///< different texts, or different integers, and how often each stands there
};
std::string_view stats_per_name(StatsPer per) noexcept;  ///< "auto", "pixel", …
std::optional<StatsPer> stats_per_from_name(std::string_view name) noexcept;

struct StatsOptions {
  StatsPer per = StatsPer::kAuto;
  /// Each in [0, 1], at most 100. Empty: none, which saves passes over numbers of 16 bits and more,
  /// and the histograms of pixels.
  std::vector<double> quantiles = {0.25, 0.5, 0.75};
  /// Bins of a histogram between least and greatest value, at most 2^20; 0: none. Pixels have their
  /// 256 anyway.
  std::size_t bins = 0;
  /// Categories that are rarer than this are not listed; they are counted as unknown.
  std::uint64_t min_count = 1;
  unsigned jobs = 1;
  /// Fit on a split other than train. Whoever trains with such numbers has seen what he must not
  /// see; the result says so.
  bool allow_leak = false;
  /// Called with samples done and their number, over all passes, from several threads.
  std::function<void(std::uint64_t, std::uint64_t)> progress = {};
};

/// Bin i holds min + i · (max - min) / n ≤ x < min + (i + 1) · (max - min) / n; the last one holds
/// max too. As numpy.histogram has them.
struct Histogram {
  double min = 0;
  double max = 0;
  std::vector<std::uint64_t> counts;
};

/// A quantile as numpy's method "linear" has it: with h = (count - 1) · q it lies between the
/// values number floor(h) and floor(h) + 1 of the sorted ones, counted from 0, at the fraction of
/// h.
struct Quantile {
  double q = 0;
  double value = 0;
};

struct NumberStats {
  std::uint64_t count = 0;  ///< finite values; 0 leaves the rest at 0. All below is of these
  double mean = 0;          ///< of exact sums, rounded once
  double std = 0;           ///< of the unbiased variance (n - 1), likewise; NaN where count is 1
  double min = 0;           ///< of the pixels, also where the mean is of images
  double max = 0;
  std::uint64_t missing = 0;   ///< NaN
  std::uint64_t infinite = 0;  ///< +∞ and -∞
  std::vector<Quantile> quantiles =
      {};  ///< as asked for; of the pixels where the mean is of images
  std::optional<Histogram> histogram = {};

  /// Throws kUsage where this quantile was not asked for.
  double quantile(double q) const;
};

/// Statistics of one channel: over its pixels or over the images' means.
struct ChannelStats {
  NumberStats numbers;
  std::array<std::uint64_t, 256> histogram{};  ///< of the pixels; 0 where no quantile was asked for
};

/// Statistics of one place of the last axis.
struct FeatureStats {
  std::string name;  ///< of the column; its number from 0 where the schema names none
  NumberStats numbers;
};

struct Category {
  std::string value;  ///< the text's bytes, or the integer in decimal
  std::uint64_t count = 0;
  friend bool operator==(const Category&, const Category&) = default;
};

/// What a scaler takes off and divides by, a value a feature (see fitted.h).
struct FittedScaler {
  std::string kind;  ///< "standard", "robust" or "minmax"
  std::vector<double> center;
  std::vector<double> scale;
};

struct FieldStats {
  std::string field;
  std::string split;
  Hash128 dataset;                 ///< digest of the dataset that was read
  StatsPer per = StatsPer::kAuto;  ///< kAuto only where nothing but labels or lengths was counted
  bool leak = false;               ///< fitted on another split than train
  std::uint64_t samples = 0;
  std::vector<ChannelStats> channels;  ///< pictures: R, G, B, or those of a raw array
  std::vector<FeatureStats> features;  ///< by their place on the last axis
  std::optional<NumberStats> values;   ///< of all elements
  std::optional<NumberStats> lengths;  ///< elements a sample, where that differs; of texts: bytes
  std::map<std::int64_t, std::uint64_t> labels;  ///< classes and labels: samples of each
  std::vector<Category> categories;              ///< texts by their bytes, integers by value
  std::uint64_t unknown = 0;  ///< samples of categories that are too rare to be listed
  std::optional<FittedScaler> scaler;
};

/// Reads the field of every sample of `data`; pictures are decoded, oriented, to RGB. One pass over
/// bytes, pixels, labels, categories, and values that are counted: integers of 16 bits, uint32
/// below 2^18, float32 that are 16-bit samples of sound. Other numbers, and those of several
/// features: one pass for the moments; quantiles of 16, 32 and 64 bits take 2, 3 and 5 in all (radix
/// selection over the bits: 12, then 4; 9 and 11; four times 13), a histogram 2. Memory of a feature
/// and thread: 0.4 MiB at most, of which as a rule a tenth is touched, and 64 KiB a quantile; of
/// counted values 3 MB a thread; of a picture's thread, the picture. Throws kUsage
/// (another split than train without allow_leak; no samples; `per` that does not fit), kNotFound
/// (no such field), kTooLarge (over 2^20 different labels or categories, over 4,096 features), and
/// what reading and decoding throw.
FieldStats fit_stats(const Dataset& data, std::string_view field, const StatsOptions& options = {});

/// Why the field has no statistics of this kind; empty where it has.
std::string stats_refusal(const Field& field, StatsPer per);

/// Weights against class imbalance: of the label k, N / (K · n_k), where K labels have N samples in
/// all (scikit-learn's "balanced"). Throws kUsage where there are no labels.
std::map<std::int64_t, double> balanced_weights(const FieldStats& labels);

/// What is counted of tokens in any split; nothing is fitted on it.
struct TokenCounts {
  std::string split;
  std::uint64_t samples = 0;
  std::uint64_t ids = 0;
  std::uint64_t unknown = 0;  ///< ids that are the unknown id
  NumberStats lengths;        ///< with quartiles and a histogram of 32 bins
};
/// Throws as fit_stats(); kUsage where the field is no array of integers.
TokenCounts count_tokens(const Dataset& data, std::string_view field,
                         std::optional<std::uint64_t> unknown_id, unsigned jobs = 1);

/// Writes `results` into stats.json of the dataset, sealed. What stands there for other fields is
/// kept where it is of the same digest; a damaged stats.json is written anew. Throws kIo.
void save_stats(const std::filesystem::path& directory, std::span<const FieldStats> results);

struct LoadStatsOptions {
  bool allow_other_dataset = false;  ///< fitted on a dataset of another digest
  bool allow_leak = false;           ///< fitted on another split than train
};
/// What stats.json in `directory` says of a field, to be used with `data`. Throws kNotFound (no
/// file, no such field), kCorrupt (damaged), kVersion (written by a newer version; fitted on
/// another dataset), kUsage (fitted on another split than train).
FieldStats load_stats(const std::filesystem::path& directory, const Dataset& data,
                      std::string_view field, const LoadStatsOptions& options = {});
/// Of the dataset's own stats.json.
FieldStats load_stats(const Dataset& data, std::string_view field,
                      const LoadStatsOptions& options = {});

/// One line of canonical JSON, numbers with as many digits as give back the same double.
std::string stats_to_json(const FieldStats& stats);

}  // namespace dsprep
