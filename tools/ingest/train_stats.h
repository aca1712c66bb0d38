// Statistics of a dataset that was just built, as `dsprep stats DIR` fits them.
#pragma once

#include <cstddef>
#include <filesystem>

#include "dsprep/schema.h"
#include "tools/ingest/pixel_counts.h"
#include "tools/ingest/value_counts.h"

namespace dsprep {

/// Bins of a histogram to look at: 32, and none for floats, whose tables have many columns.
std::size_t shown_bins(const Field& field);

/// Fits every field of train that has statistics, and writes stats.json. A field with too many
/// different labels, and a dataset without samples in train, are said on stderr and left out.
/// `pixels` of pictures and `values`, which may be null: where they are those of all of train, they
/// are not read again.
void write_train_stats(const std::filesystem::path& directory, unsigned jobs,
                       const PixelCounts& pixels = {}, ValueCounts* values = nullptr);

}  // namespace dsprep
