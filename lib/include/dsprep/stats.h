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
  kAuto,   ///< pixel for pictures, value for everything else
  kPixel,  ///< every pixel of every picture; large pictures weigh more
  kImage,  ///< the mean of each picture; each weighs the same. Means are kept in steps of 2^-32
  kValue,  ///< every element of an array of integers
};
std::string_view stats_per_name(StatsPer per) noexcept;  ///< "auto", "pixel", …
std::optional<StatsPer> stats_per_from_name(std::string_view name) noexcept;

struct StatsOptions {
  StatsPer per = StatsPer::kAuto;
  unsigned jobs = 1;
  /// Fit on a split other than train. Whoever trains with such numbers has seen what he must not
  /// see; the result says so.
  bool allow_leak = false;
  /// Called with samples done and their number, from several threads.
  std::function<void(std::uint64_t, std::uint64_t)> progress = {};
};

struct NumberStats {
  std::uint64_t count = 0;  ///< values; 0 leaves the rest at 0
  double mean = 0;
  double std = 0;        ///< of the unbiased variance; NaN where count is 1
  std::int64_t min = 0;  ///< of the pixels, also where the mean is of images
  std::int64_t max = 0;
};

/// Statistics of one channel: over its pixels or over the images' means.
struct ChannelStats {
  NumberStats numbers;
  std::array<std::uint64_t, 256> histogram{};  ///< of the pixels
};

struct FieldStats {
  std::string field;
  std::string split;
  Hash128 dataset;                 ///< digest of the dataset that was read
  StatsPer per = StatsPer::kAuto;  ///< kAuto only where nothing but labels or lengths was counted
  bool leak = false;               ///< fitted on another split than train
  std::uint64_t samples = 0;
  std::vector<ChannelStats> channels;  ///< pictures: R, G, B, or those of a raw array
  std::optional<NumberStats> values;   ///< arrays of integers
  std::optional<NumberStats> lengths;  ///< elements a sample, where that differs; of texts: bytes
  std::map<std::int64_t, std::uint64_t> labels;  ///< classes and labels: samples of each
};

/// Reads the field of every sample of `data`; pictures are decoded, oriented, to RGB. Memory: a
/// picture, or a value, a thread. Throws kUsage (another split than train without allow_leak; no
/// samples; a field that has no statistics: floats; `per` that does not fit), kNotFound (no such
/// field), kTooLarge (over 2^20 different labels, integers over int64), and what reading and
/// decoding throw.
FieldStats fit_stats(const Dataset& data, std::string_view field, const StatsOptions& options = {});

/// Why the field has no statistics of this kind; empty where it has.
std::string stats_refusal(const Field& field, StatsPer per);

/// Writes `results` into stats.json of the dataset, sealed. What stands there for other fields is
/// kept where it is of the same digest; a damaged stats.json is written anew. Throws kIo.
void save_stats(const std::filesystem::path& directory, std::span<const FieldStats> results);

/// One line of canonical JSON, numbers with as many digits as give back the same double.
std::string stats_to_json(const FieldStats& stats);

}  // namespace dsprep
