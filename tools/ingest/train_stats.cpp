#include "tools/ingest/train_stats.h"

#include <iostream>
#include <vector>

#include "dsprep/error.h"
#include "dsprep/stats.h"
#include "formats/common/text.h"
#include "lib/stats/accumulator.h"
#include "lib/stats/pixel_stats.h"

namespace dsprep {
namespace {

bool has_train(const Manifest& manifest) {
  for (const SplitInfo& split : manifest.splits) {
    if (split.name == "train" && split.samples != 0) return true;
  }
  return false;
}

void warn(const std::string& what) {
  std::cerr << "dsprep: warning: " << escape_controls(what) << "\n";
}

}  // namespace

std::size_t shown_bins(const Field& field) { return field.dtype >= DType::kFloat16 ? 0 : 32; }

void write_train_stats(const std::filesystem::path& directory, unsigned jobs,
                       const PixelCounts& counted) {
  if (!has_train(read_manifest(directory))) return warn("no statistics: train has no samples");
  const Dataset train = Dataset::open(directory, "train");
  std::vector<FieldStats> results;
  const bool counts_all = counted.samples == train.size();
  for (const Field& field : train.schema().fields) {
    const StatsOptions options{.bins = shown_bins(field), .jobs = jobs};
    try {
      results.push_back(
          counts_all && is_picture(field)
              ? stats_of_pixels(train, field.name, counted.channels, options.quantiles)
              : fit_stats(train, field.name, options));
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kTooLarge) throw;
      warn("no statistics of " + field.name + ": " + error.message());
    }
  }
  save_stats(directory, results);
}

}  // namespace dsprep
