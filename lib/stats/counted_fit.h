// Statistics of values that were counted while the dataset was made: nothing is read for them but
// the index.
#pragma once

#include <string_view>

#include "dsprep/stats.h"
#include "lib/stats/integer_counts.h"

namespace dsprep {

/// True where fit_stats() begins with counting the field's values (StatsPer::kAuto).
bool counts_values(const Field& field);

/// What fit_stats() gives, from the counts of all values of the field; they are read after all where
/// those are beyond(). Requires: counts_values(), StatsPer::kAuto.
FieldStats fit_counted(const Dataset& data, std::string_view field, const StatsOptions& options,
                       IntegerCounts& counts);

}  // namespace dsprep
