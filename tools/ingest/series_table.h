// SeriesTable: the rows of one file in memory, by series, and the windows that they are cut into.
#pragma once

#include <exception>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tools/ingest/kind.h"
#include "tools/ingest/table_rules.h"
#include "tools/ingest/token_windows.h"

namespace dsprep {

/// How rows become samples.
struct SeriesShape {
  WindowOptions windows;
  std::uint64_t horizon = 0;
  bool own_targets = false;  ///< columns of their own; else the features
};

/// A series of a file: its rows in the order of the file, encoded.
struct Series {
  std::vector<std::vector<std::byte>> values;  ///< of each of the encoder's fields, row after row
  std::vector<std::uint32_t> splits;           ///< of each row
  std::vector<std::int64_t> labels;            ///< where there are labels
  std::uint64_t rows = 0;
  std::optional<TimeValue> last;  ///< time of the last row
};

/// A window: rows [start, start + length) of a series, and the `horizon` rows behind them.
struct SeriesWindow {
  const std::string* name = nullptr;
  const Series* series = nullptr;
  std::uint64_t start = 0;
  std::uint64_t length = 0;
};

/// Made for one file; read in the first turn, then cut by all parts side by side.
class SeriesTable : public PartSource {
 public:
  std::map<std::string, Series> series;  ///< by name; without a series column all are ""
  std::vector<SeriesWindow> windows;     ///< by series, then start
  std::uint64_t left_out = 0;            ///< rows that no window and no target holds
  Hash128 source;                        ///< of the file's rows
  std::vector<Reject> rejects;
  std::uint64_t blank = 0;
  std::uint64_t lines = 0;
  std::optional<FileStat> stat;  ///< of the file, where it could be opened
  std::exception_ptr error;

  /// Cuts every run of rows of one split in every series. Requires: called once.
  void cut(const SeriesShape& shape);
};

}  // namespace dsprep
