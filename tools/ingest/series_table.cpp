#include "tools/ingest/series_table.h"

#include <algorithm>

namespace dsprep {
namespace {

// Rows of a run that no window and no target holds.
std::uint64_t uncovered(const std::vector<TokenWindow>& windows, std::uint64_t rows,
                        std::uint64_t horizon) {
  std::uint64_t covered = 0, end = 0;
  for (const TokenWindow& window : windows) {
    const std::uint64_t next = window.start + window.length + horizon;
    covered += next - std::min(next, std::max(window.start, end));
    end = std::max(end, next);
  }
  return rows - covered;
}

}  // namespace

// A window and its targets stand inside one run of rows of the same split.
void SeriesTable::cut(const SeriesShape& shape) {
  std::vector<TokenWindow> found;
  for (const auto& [name, rows] : series) {
    for (std::uint64_t begin = 0, end = 0; begin < rows.rows; begin = end) {
      while (end < rows.rows && rows.splits[end] == rows.splits[begin]) ++end;
      found.clear();
      const std::uint64_t count = end - begin;
      if (count > shape.horizon) (void)cut_windows(count - shape.horizon, shape.windows, found);
      for (const TokenWindow& window : found)
        windows.push_back({&name, &rows, begin + window.start, window.length});
      left_out += uncovered(found, count, shape.horizon);
    }
  }
}

}  // namespace dsprep
