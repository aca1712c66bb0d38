#include "tools/ingest/row_cuts.h"

#include <algorithm>

#include "formats/common/file.h"
#include "tools/ingest/record_range.h"

namespace dsprep {

// Slices were cut at any byte; a cut within quotes is told from one between rows only by what
// stands before it.
void align_to_rows(Plan& plan, const IsQuoted& is_quoted) {
  for (std::size_t i = 0; i < plan.slices.size();) {
    const std::uint64_t entry = plan.slices[i].first_entry;
    std::vector<std::uint64_t> cuts;
    std::size_t end = i;
    for (; end < plan.slices.size() && plan.slices[end].first_entry == entry; ++end) {
      if (plan.slices[end].begin != 0) cuts.push_back(plan.slices[end].begin);
    }
    if (!is_quoted(plan.entries[entry])) cuts.clear();
    const std::size_t first = end - cuts.size();
    if (!cuts.empty()) move_to_row_borders(InputFile(plan.path_of(plan.entries[entry])), cuts);
    for (std::size_t j = 0; j < cuts.size(); ++j) {
      Slice& slice = plan.slices[first + j];
      Slice& before = plan.slices[first + j - 1];
      before.bytes += cuts[j] - slice.begin;
      slice.bytes -= std::min(slice.bytes, cuts[j] - slice.begin);
      before.end = slice.begin = cuts[j];
      if (slice.entries == 1) slice.end = std::max(slice.end, slice.begin);
    }
    i = end;
  }
}

void QuoteCounter::enter(const Plan& plan, Piece& piece, const IsQuoted& is_quoted) {
  const bool at_cut = piece.first_entry == plan.slices[piece.slice].first_entry &&
                      piece.begin == plan.slices[piece.slice].begin;
  piece.in_quotes = piece.begin != 0 && !at_cut && in_quotes_;
  const Segment last = segments_of(plan, piece).back();
  in_quotes_ = piece.entries == 1 && piece.in_quotes;
  if (last.end == plan.entries[last.entry].bytes) return;
  if (!is_quoted(plan.entries[last.entry])) {
    in_quotes_ = false;
    return;
  }
  const InputFile file(plan.path_of(plan.entries[last.entry]));
  in_quotes_ ^= odd_quotes(file, last.begin, last.end);
}

}  // namespace dsprep
