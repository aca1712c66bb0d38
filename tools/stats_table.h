// What dsprep stats prints.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "dsprep/stats.h"
#include "tools/chart.h"

namespace dsprep {

/// A line a channel, feature, label or category, with histograms below. `names` are those of the
/// integers from 0, where they have any.
void print_stats(const FieldStats& stats, const std::vector<std::string>& names, ChartStyle style);

/// A line a split: tokens, their lengths and how many are unknown.
void print_token_counts(std::span<const TokenCounts> counts, bool unknown_known);

}  // namespace dsprep
