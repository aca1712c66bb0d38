// TableFit: fits what --scale asks for on the rows of train, in as many passes as it takes.
#pragma once

#include <functional>
#include <vector>

#include "tools/ingest/pieces.h"
#include "tools/ingest/table_layout.h"
#include "tools/ingest/table_scaling.h"

namespace dsprep {

/// A row's cells of the layout's columns, and whether the row is in train.
using TakeRow = std::function<void(const std::vector<Cell>& cells, bool train)>;

/// The numbers of all slices of a plan.
std::vector<std::size_t> all_slices(const Plan& plan);

/// Throws kUsage for an item of a field that is not there, or cannot be of floats, whatever the
/// types are that a draft leaves open.
void check_scale(const TableLayout& layout, const std::vector<ScaleItem>& items);

struct TableFitInput {
  unsigned jobs = 1;
  std::vector<std::string> missing;  ///< as in TableOptions
  std::function<PieceSequence()> pieces;
  std::function<void(Piece&)> enter;  ///< as Kind::enter
  /// Calls `take` for the rows that become samples, from any thread; an exception of kBadRow that
  /// take() throws is that of the row.
  std::function<void(const Piece&, const TakeRow& take)> visit;
};

/// Fills in TableField::scaler of the fields that the items name. Exact: the result does not depend
/// on jobs, or on how the inputs are cut. One pass over the inputs for standard and minmax, three
/// (float64: five) where quantiles are needed. Requires: a layout that is complete. Throws kUsage:
/// an item for a field that there is not, or that is not of floats; no row in train.
void fit_table(TableLayout& layout, const std::vector<ScaleItem>& items,
               const TableFitInput& input);

}  // namespace dsprep
