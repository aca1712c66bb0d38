// What the kinds that read tables share: options, columns, labels and splits.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tools/ingest/survey.h"
#include "tools/ingest/table_rules.h"

namespace dsprep {

/// Options of a table as canonical JSON.
std::string table_options_json(const BuildOptions& options);
/// What this machine makes of some decimal numbers.
std::string table_canary();
/// The layout as far as options and the first file's columns tell. Throws kBadRow for a column that
/// it lacks.
TableLayout draft_layout(const Plan& plan, const BuildOptions& options,
                         const std::vector<std::string>& taken);
/// The layout's columns, then `more`.
std::vector<std::string> wanted_columns(const TableLayout& layout,
                                        const std::vector<std::string>& more);
/// True where '*' stands for all columns, so that an unknown member of a JSON row is an error.
bool takes_all_columns(const BuildOptions& options);
/// Notes what a row says of labels, splits, types and categories; those only where the row is in
/// train, which `split_of` tells unless a column does.
void survey_table_row(const TableRow& row, const TableLayout& draft, const BuildOptions& options,
                      const TableRules& rules, SurveyCounts& counts,
                      const std::function<std::uint32_t()>& split_of, const Plan& plan);
/// The split of a row of a series: by ratios, whole series go to one split.
std::uint32_t split_of_series(const Plan& plan, const Entry& entry, const TableRow& row,
                              const BuildOptions& options, const TableRules& rules);
/// From what a survey found. Throws kBadRow where labels are of two types.
void complete_labels_and_splits(Plan& plan, const SurveyCounts& counts, const BuildOptions& options,
                                const TableRules& rules);
/// A column or folders give labels.
bool has_labels(const Plan& plan, const TableRules& rules);
std::string_view copy_text(const std::string& text, Arena& arena);

}  // namespace dsprep
