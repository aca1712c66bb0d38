// SeriesWindows: windows of rows to samples.
#pragma once

#include "tools/ingest/batch.h"
#include "tools/ingest/series_table.h"
#include "tools/ingest/table_layout.h"

namespace dsprep {

/// The field of the rows behind a window.
inline constexpr const char* kSeriesTarget = "target";

/// Const members: any number of threads, each with its own batch.
class SeriesWindows {
 public:
  /// The encoder must outlive it.
  SeriesWindows(const TableEncoder& encoder, const SeriesShape& shape, bool labels)
      : encoder_(encoder), shape_(shape), labels_(labels) {}

  /// Appends the window as a sample of the batch's last segment, its values in the order of the
  /// schema.
  void add(const Entry& entry, const SeriesTable& table, const SeriesWindow& window,
           Batch& batch) const;

 private:
  FieldValue rows_of(const SeriesWindow& window, std::size_t field, Arena& arena) const;
  FieldValue targets_of(const SeriesWindow& window, Arena& arena) const;

  const TableEncoder& encoder_;
  SeriesShape shape_;
  bool labels_;
};

}  // namespace dsprep
