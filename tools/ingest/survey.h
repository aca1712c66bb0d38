// Survey: what must be known of the contents before a plan is whole: words and labels, splits by
// column, numbers of lines. Map over slices, reduce in any order: the result does not depend on
// threads or tasks.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "dsprep/words.h"
#include "tools/ingest/batch.h"
#include "tools/ingest/plan.h"

namespace dsprep {

/// Numbers lines of files that are cut between pieces and slices.
class LineCounter {
 public:
  /// Before a slice: the lines that its first entry has before the slice.
  void start(std::uint64_t first_line) noexcept { lines_ = first_line; }
  /// Lines before the segment in its file. Segments come in order.
  std::uint64_t base(const Segment& segment) noexcept {
    if (segment.begin == 0) lines_ = 0;
    return lines_;
  }
  void advance(const Segment& segment) noexcept { lines_ += segment.lines; }
  std::uint64_t lines() const noexcept { return lines_; }

 private:
  std::uint64_t lines_ = 0;
};

/// What a survey found, of a piece, a slice or all.
struct SurveyCounts {
  WordCounts words;                             ///< of documents of the train split
  std::vector<std::string> texts;               ///< of them, where those are asked for; not saved
  std::set<std::string> labels;                 ///< names, where labels are text
  bool number_labels = false;                   ///< some label was an integer
  std::map<std::string, std::uint64_t> splits;  ///< by column: documents of each
  std::vector<std::uint8_t> looks;     ///< of a table's columns: what stands there (look_of)
  std::vector<WordCounts> categories;  ///< of them, on the train split
  std::uint64_t tail_lines = 0;  ///< of a slice: LineCounter::lines() at its end, counted from 0

  void merge(const SurveyCounts& other);
};

/// Sealed JSON, and back.
void save_survey(const std::filesystem::path& file, const SurveyCounts& counts,
                 const Digest& stats);
/// Empty where there is no such file, or it is of other inputs (their stats differ) or damaged.
std::optional<SurveyCounts> load_survey(const std::filesystem::path& file, const Digest& stats);

}  // namespace dsprep
