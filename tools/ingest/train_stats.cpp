#include "tools/ingest/train_stats.h"

#include <iostream>
#include <vector>

#include "dsprep/error.h"
#include "dsprep/stats.h"
#include "formats/common/text.h"
#include "lib/stats/accumulator.h"
#include "lib/stats/counted_fit.h"
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
                       const PixelCounts& pixels, ValueCounts* values) {
  if (!has_train(read_manifest(directory))) return warn("no statistics: train has no samples");
  const Dataset train = Dataset::open(directory, "train");
  std::vector<FieldStats> results;
  const bool all_pixels = pixels.samples == train.size();
  const bool all_values = values != nullptr && values->samples() == train.size();
  for (std::size_t i = 0; i < train.schema().fields.size(); ++i) {
    const Field& field = train.schema().fields[i];
    const StatsOptions options{.bins = shown_bins(field), .jobs = jobs};
    IntegerCounts* const counts = all_values ? values->field(i) : nullptr;
    try {
      results.push_back(
          all_pixels && is_picture(field)
              ? stats_of_pixels(train, field.name, pixels.channels, options.quantiles)
          : counts != nullptr ? fit_counted(train, field.name, options, *counts)
                              : fit_stats(train, field.name, options));
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kTooLarge) throw;
      warn("no statistics of " + field.name + ": " + error.message());
    }
  }
  save_stats(directory, results);
}

}  // namespace dsprep
