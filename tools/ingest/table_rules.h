// TableRules: what a row says beside its fields: label, split, group, series, time.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tools/ingest/table_layout.h"
#include "tools/ingest/text_rules.h"

namespace dsprep {

/// A row's cells and what they mean. Views live as long as the cells.
struct TableRow {
  std::vector<Cell> cells;                  ///< of the layout's columns, then of the rules'
  std::string identity;                     ///< what hash splits look at, where there is no group
  std::string label, split, group, series;  ///< memory of texts
  Document document;
};

/// Const members: any number of threads.
class TableRules {
 public:
  explicit TableRules(const BuildOptions& options);
  void prepare(const Plan& plan) { rules_.prepare(plan); }

  /// Columns beside those of the layout, in the order in which read() wants their cells.
  const std::vector<std::string>& columns() const noexcept { return columns_; }
  /// Fills in identity, document and series from the cells. Throws kBadRow that names the column.
  void read(std::size_t layout_columns, TableRow& row) const;
  bool labels() const noexcept { return label_.has_value(); }
  bool by_column() const noexcept { return rules_.by_column(); }
  bool by_time() const noexcept { return split_.kind() == SplitRule::Kind::kTime; }
  const std::string& split_column() const noexcept { return rules_.fields().split; }

  /// Throws as TextRules.
  std::uint32_t split_of(const Plan& plan, const Entry& entry, const TableRow& row) const;
  std::int64_t label_of(const Plan& plan, const Entry& entry, const TableRow& row) const {
    return rules_.label_of(plan, entry, row.document);
  }
  /// The row's point in time, where a column says so.
  std::optional<TimeValue> time(const TableRow& row) const;

 private:
  std::optional<std::size_t> add(const std::string& column);
  const Cell& cell(const TableRow& row, std::size_t place) const noexcept {
    return row.cells[row.cells.size() - columns_.size() + place];
  }

  TextRules rules_;
  SplitRule split_;
  std::vector<std::string> missing_;
  std::vector<std::string> columns_;
  std::optional<std::size_t> label_, split_place_, group_, series_, time_;
};

}  // namespace dsprep
