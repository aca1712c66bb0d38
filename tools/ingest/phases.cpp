#include "tools/ingest/phases.h"

#include <chrono>
#include <optional>
#include <utility>

#include "tools/ingest/ordered.h"
#include "tools/ingest/progress.h"
#include "tools/ingest/slice_counts.h"
#include "tools/ingest/slice_writer.h"

namespace dsprep {

std::atomic<bool> g_interrupted{false};

void check_interrupted() {
  if (g_interrupted.load(std::memory_order_relaxed)) {
    throw Error(ErrorCode::kInterrupted, "stopped", {}, "run the same command again to go on");
  }
}

namespace {

constexpr std::size_t kPiecesAThread = 4;

// With one thread there is nothing to wait for, so nothing is read ahead.
std::size_t window_of(unsigned jobs) { return jobs == 1 ? 1 : jobs * kPiecesAThread; }

// Parts of pictures are large: only as many as there are threads.
std::size_t parts_window_of(unsigned jobs) { return jobs; }

std::uint64_t bytes_of(const Plan& plan, const std::vector<std::size_t>& slices) {
  std::uint64_t sum = 0;
  for (const std::size_t slice : slices) sum += plan.slices[slice].bytes;
  return sum;
}

struct SurveySlot {
  Piece piece;
  SurveyCounts counts;
  std::vector<Segment> segments;
};

}  // namespace

std::size_t survey_slices(const BuildFolder& folder, const Plan& plan, Kind& kind,
                          const std::vector<std::size_t>& slices, const BuildOptions& options) {
  std::vector<std::size_t> open;
  for (const std::size_t slice : slices) {
    const std::filesystem::path file = folder.survey_file(slice);
    const bool done = std::filesystem::exists(file) &&
                      load_survey(file, stats_now(plan, plan.slices[slice])).has_value();
    if (!done) open.push_back(slice);
  }
  PieceSequence pieces(plan, open, kind.cuts_files());
  Progress progress(options.progress, "survey", bytes_of(plan, open));
  SurveyCounts slice_counts;
  LineCounter lines;
  Digest stats_before;
  bool in_slice = false;
  const auto next = [&](SurveySlot& slot) {
    check_interrupted();
    slot.counts = SurveyCounts();
    if (!pieces.next(slot.piece)) return false;
    kind.enter(plan, slot.piece);
    return true;
  };
  const auto look = [&](SurveySlot& slot, unsigned) {
    kind.survey(plan, slot.piece, slot.counts, slot.segments);
  };
  const auto append = [&](SurveySlot& slot) {
    const Slice& slice = plan.slices[slot.piece.slice];
    if (!in_slice) stats_before = stats_now(plan, slice);
    in_slice = !slot.piece.last;
    slice_counts.merge(slot.counts);
    std::uint64_t bytes = 0;
    for (const Segment& segment : slot.segments) {
      (void)lines.base(segment);
      lines.advance(segment);
      bytes += segment.end - segment.begin;
    }
    progress.add(0, bytes);
    if (!slot.piece.last) return;
    slice_counts.tail_lines = lines.lines();
    save_survey(folder.survey_file(slot.piece.slice), slice_counts, stats_before);
    slice_counts = SurveyCounts();
    lines.start(0);
  };
  run_ordered<SurveySlot>(options.jobs, window_of(options.jobs), next, look, append);
  return open.size();
}

void complete_plan(const BuildFolder& folder, Plan& plan, const Kind& kind) {
  SurveyCounts total;
  if (kind.survey_need(plan) != SurveyNeed::kNothing) {
    std::uint64_t lines = 0;
    for (std::size_t i = 0; i < plan.slices.size(); ++i) {
      Slice& slice = plan.slices[i];
      const auto counts = load_survey(folder.survey_file(i), stats_now(plan, slice));
      if (!counts) {
        throw Error(ErrorCode::kNotFound,
                    "slice " + std::to_string(i) + " of " + std::to_string(plan.slices.size()) +
                        " is not surveyed",
                    {.file = folder.survey_file(i).string()},
                    "run all tasks of --phase survey first");
      }
      slice.first_line = slice.begin == 0 ? 0 : lines;
      const bool one_file = slice.entries == 1 && slice.begin != 0;
      lines = (one_file ? lines : 0) + counts->tail_lines;
      total.merge(*counts);
    }
  }
  kind.complete(plan, total);
  plan.surveyed = true;
  name_plan(plan);
  save_plan(folder, plan);
}

namespace {

struct WriteSlot {
  Piece piece;
  Batch batch;
};

// Takes transformed pieces in order; the slices' writers come and go with them.
class WriteOutput {
 public:
  WriteOutput(const BuildFolder& folder, const Plan& plan, const BuildOptions& options,
              const WindowOptions* windows, SliceCounts* counts, Progress& progress)
      : folder_(folder),
        plan_(plan),
        options_(options),
        windows_(windows),
        counts_(counts),
        progress_(progress),
        publisher_(folder) {}

  void append(WriteSlot& slot) {
    if (!writer_) writer_.emplace(folder_, plan_, slot.piece.slice, windows_);
    writer_->append(slot.batch);
    totals.bytes += slot.batch.bytes;
    rejects_ += slot.batch.rejects.size();
    const auto& samples = slot.batch.samples;
    const bool unfinished = !samples.empty() && samples.back().part == ValuePart::kMore;
    progress_.add(samples.size() - (unfinished ? 1 : 0), slot.batch.bytes);
    check_rejects(slot.batch);
    if (!slot.piece.last) return;
    FinishedUnit unit = writer_->finish();
    if (counts_ != nullptr) unit.counts = counts_->take(slot.piece.slice);
    totals.samples += unit.record.samples();
    publisher_.submit(std::move(unit));
    writer_.reset();
  }

  void drain() {
    const auto start = std::chrono::steady_clock::now();
    publisher_.drain();
    totals.sync_seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  }

  WriteTotals totals;

 private:
  void check_rejects(const Batch& batch) const {
    const auto& limit = options_.max_rejects;
    if (!limit || limit->percent || rejects_ <= limit->count || batch.rejects.empty()) return;
    throw Error(ErrorCode::kRejected,
                "more than " + std::to_string(limit->count) +
                    " inputs are rejected, the last: " + batch.rejects.back().reason,
                {.file = batch.rejects.back().path}, "mend them or raise --max-rejects");
  }

  const BuildFolder& folder_;
  const Plan& plan_;
  const BuildOptions& options_;
  const WindowOptions* windows_;
  SliceCounts* counts_;  // null: nobody asks
  Progress& progress_;
  Publisher publisher_;
  std::optional<SliceWriter> writer_;
  std::uint64_t rejects_ = 0;
};

}  // namespace

WriteTotals write_slices(const BuildFolder& folder, const Plan& plan, Kind& kind,
                         const std::vector<std::size_t>& slices, const BuildOptions& options) {
  std::vector<std::size_t> open;
  for (const std::size_t slice : slices) {
    const auto unit = find_unit(folder, plan, slice_unit(slice));
    if (!unit || !(unit->stats == stats_now(plan, plan.slices[slice]))) open.push_back(slice);
  }
  remove_stale_temporaries(folder.shards());
  kind.prepare(plan, options.jobs);
  OpenParts open_parts = kind.open_parts(plan);
  const bool large = open_parts && kind.large_parts();
  PieceSequence pieces(plan, open, kind.cuts_files(), std::move(open_parts));
  Progress progress(options.progress, "write", bytes_of(plan, open));
  std::optional<SliceCounts> counts;
  if (options.stats) counts.emplace(plan, kind.windows());
  WriteOutput output(folder, plan, options, kind.windows(), counts ? &*counts : nullptr, progress);
  const auto next = [&](WriteSlot& slot) {
    check_interrupted();
    slot.batch.reset();
    if (!pieces.next(slot.piece)) return false;
    kind.enter(plan, slot.piece);
    return true;
  };
  const auto transform = [&](WriteSlot& slot, unsigned thread) {
    kind.transform(plan, slot.piece, slot.batch, thread);
    if (counts) counts->add(slot.piece.slice, slot.batch);
  };
  run_ordered<WriteSlot>(options.jobs,
                         large ? parts_window_of(options.jobs) : window_of(options.jobs), next,
                         transform, [&](WriteSlot& slot) { output.append(slot); });
  output.drain();
  output.totals.kept = slices.size() - open.size();
  return output.totals;
}

}  // namespace dsprep
