// Tables: a sample a row of csv, tsv, jsonl or npy.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "formats/common/file.h"
#include "tools/ingest/kind.h"
#include "tools/ingest/planner.h"
#include "tools/ingest/row_cuts.h"
#include "tools/ingest/table_draft.h"
#include "tools/ingest/table_fit.h"
#include "tools/ingest/table_rules.h"
#include "tools/ingest/text_transform.h"

namespace dsprep {
namespace {

using nlohmann::json;

bool is_csv(const Entry& entry) { return table_form(entry.key) == TableForm::kCsv; }

class TableKind final : public Kind {
 public:
  explicit TableKind(const BuildOptions& options) : options_(options), rules_(options) {}

  std::string options() const override { return table_options_json(options_); }
  std::string canary() const override { return table_canary(); }
  bool cuts_files() const noexcept override { return true; }
  void check(const Plan& plan) const override {
    check_scale(draft_layout(plan, options_, rules_.columns()), parse_scale(options_.table.scale));
  }
  void align(Plan& plan) const override { align_to_rows(plan, is_csv); }
  void enter(const Plan& plan, Piece& piece) override {
    if (!draft_) draft_ = draft_layout(plan, options_, rules_.columns());
    quotes_.enter(plan, piece, is_csv);
  }
  SurveyNeed survey_need(const Plan& plan) const override;
  void survey(const Plan& plan, const Piece& piece, SurveyCounts& counts,
              std::vector<Segment>& segments) const override;
  void complete(Plan& plan, const SurveyCounts& counts) const override;
  void prepare(const Plan& plan, unsigned jobs) override;
  void transform(const Plan& plan, const Piece& piece, Batch& batch, unsigned) const override;

 private:
  struct Work {
    const Plan& plan;
    Batch& batch;
    TableRow row;
    PreparedSample sample;
    bool numbered = false;  // rows of npy have numbers, not lines
    std::uint64_t number = 0;

    const Entry& entry() const { return plan.entries[batch.segments.back().entry]; }
  };

  std::unique_ptr<TableRows> open(const InputFile& file, const Segment& segment, bool in_quotes,
                                  const TableLayout& layout) const;
  template <class Take>
  void visit_segment(const Plan& plan, bool in_quotes, Segment& segment, const TableLayout& layout,
                     Take take) const;
  void fit(Plan& plan, TableLayout& layout) const;
  void run_segment(const Piece& piece, bool in_quotes, Work& work) const;
  void run_rows(const InputFile& file, bool in_quotes, Work& work) const;
  void add_sample(Work& work) const;
  void reject_or_throw(const Error& error, Work& work) const;

  BuildOptions options_;
  TableRules rules_;
  QuoteCounter quotes_;
  std::optional<TableLayout> draft_;     // after enter()
  std::optional<TableEncoder> encoder_;  // after prepare()
};

SurveyNeed TableKind::survey_need(const Plan& plan) const {
  const TableLayout draft = draft_layout(plan, options_, rules_.columns());
  if (draft.needs_survey() || rules_.labels() || rules_.by_column() ||
      !options_.table.scale.empty())
    return SurveyNeed::kContents;
  const bool cut = std::ranges::any_of(plan.slices, [&](const Slice& slice) {
    return slice.begin != 0 && table_form(plan.entries[slice.first_entry].key) != TableForm::kNpy;
  });
  return cut ? SurveyNeed::kLines : SurveyNeed::kNothing;
}

std::unique_ptr<TableRows> TableKind::open(const InputFile& file, const Segment& segment,
                                           bool in_quotes, const TableLayout& layout) const {
  return open_table_rows(options_.table.format, file, segment, in_quotes,
                         wanted_columns(layout, rules_.columns()), takes_all_columns(options_));
}

// Calls take(row) for the rows that begin in the segment; those that transform() lists as rejects
// are passed over.
template <class Take>
void TableKind::visit_segment(const Plan& plan, bool in_quotes, Segment& segment,
                              const TableLayout& layout, Take take) const {
  const InputFile file(plan.path_of(plan.entries[segment.entry]));
  const auto rows = open(file, segment, in_quotes, layout);
  TableRow row;
  for (std::string_view raw; rows->next(raw);) {
    try {
      rows->parse(row.cells);
      rules_.read(layout.columns.size(), row);
      take(row);
    } catch (const Error& error) {
      if (options_.skip_errors && may_reject(error.code())) continue;
      throw at_line(error, plan.path_of(plan.entries[segment.entry]), rows->line(), segment.begin);
    }
  }
  segment.lines = rows->lines();
}

void TableKind::survey(const Plan& plan, const Piece& piece, SurveyCounts& counts,
                       std::vector<Segment>& segments) const {
  segments = segments_of(plan, piece);
  bool in_quotes = piece.in_quotes;
  for (Segment& segment : segments) {
    const Entry& entry = plan.entries[segment.entry];
    visit_segment(plan, in_quotes, segment, *draft_, [&](const TableRow& row) {
      survey_table_row(
          row, *draft_, options_, rules_, counts, [&] { return rules_.split_of(plan, entry, row); },
          plan);
    });
    in_quotes = false;
  }
}

void TableKind::complete(Plan& plan, const SurveyCounts& counts) const {
  TableLayout layout = draft_layout(plan, options_, rules_.columns());
  layout.complete(counts.looks, counts.categories, options_.table.min_count);
  complete_labels_and_splits(plan, counts, options_, rules_);
  // The order of fields and columns is the one of the JSON, which prepare() reads.
  layout = TableLayout::from_json(layout.to_json());
  fit(plan, layout);
  plan.table = layout.to_json();
  plan.schema.fields.clear();
  layout.add_fields(plan.schema);
  if (has_labels(plan, rules_)) plan.schema.fields.push_back(label_field());
}

void TableKind::fit(Plan& plan, TableLayout& layout) const {
  TableRules rules = rules_;
  rules.prepare(plan);
  QuoteCounter quotes;
  const bool labels = has_labels(plan, rules);
  const auto visit = [&](const Piece& piece, const TakeRow& take) {
    bool in_quotes = piece.in_quotes;
    for (Segment& segment : segments_of(plan, piece)) {
      const Entry& entry = plan.entries[segment.entry];
      visit_segment(plan, in_quotes, segment, layout, [&](const TableRow& row) {
        if (labels) (void)rules.label_of(plan, entry, row);
        take(row.cells, plan.splits[rules.split_of(plan, entry, row)] == "train");
      });
      in_quotes = false;
    }
  };
  fit_table(layout, parse_scale(options_.table.scale),
            {.jobs = options_.jobs,
             .missing = options_.table.missing,
             .pieces = [&] { return PieceSequence(plan, all_slices(plan), true); },
             .enter = [&](Piece& piece) { quotes.enter(plan, piece, is_csv); },
             .visit = visit});
}

void TableKind::prepare(const Plan& plan, unsigned) {
  rules_.prepare(plan);
  encoder_.emplace(TableLayout::from_json(plan.table), options_.table.missing);
}

void TableKind::transform(const Plan& plan, const Piece& piece, Batch& batch, unsigned) const {
  Work work{.plan = plan, .batch = batch, .row = {}, .sample = {}};
  bool in_quotes = piece.in_quotes;
  for (const Segment& segment : segments_of(plan, piece)) {
    batch.segments.push_back(segment);
    batch.bytes += segment.end - segment.begin;
    work.sample = {.key = work.entry().key,
                   .segment = static_cast<std::uint32_t>(batch.segments.size() - 1)};
    run_segment(piece, in_quotes, work);
    in_quotes = false;
  }
}

// Each file of a slice is noted once, with the piece that begins it there: as stats_now() counts
// them.
void TableKind::run_segment(const Piece& piece, bool in_quotes, Work& work) const {
  const Segment& segment = work.batch.segments.back();
  const Slice& slice = work.plan.slices[piece.slice];
  const bool note =
      segment.begin == 0 || (segment.entry == slice.first_entry && segment.begin == slice.begin);
  try {
    const InputFile file(work.plan.path_of(work.entry()));
    check_unchanged(file, work.entry());
    if (note) note_stat(work.batch.stats, file.stat());
    run_rows(file, in_quotes, work);
    check_unchanged(file, work.entry());
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kPermissionDenied) throw;
    if (note) work.batch.stats.append(Hash128{});
    if (note) reject_or_throw(error, work);
  }
}

void TableKind::run_rows(const InputFile& file, bool in_quotes, Work& work) const {
  Segment& segment = work.batch.segments.back();
  const auto rows = open(file, segment, in_quotes, encoder_->layout());
  work.numbered = table_form(work.entry().key) == TableForm::kNpy;
  for (std::string_view raw; rows->next(raw);) {
    work.sample.line = rows->line();
    work.number = rows->row();
    work.sample.source = xxh3_128(as_bytes(raw));
    work.batch.inputs.append(work.sample.source);
    const std::size_t values = work.batch.values.size();
    try {
      rows->parse(work.row.cells);
      rules_.read(encoder_->layout().columns.size(), work.row);
      add_sample(work);
    } catch (const Error& error) {
      work.batch.values.resize(values);
      reject_or_throw(error, work);
    }
  }
  segment.lines = rows->lines();
  work.batch.left_out.blank += rows->blank();
}

void TableKind::add_sample(Work& work) const {
  Batch& batch = work.batch;
  PreparedSample sample = work.sample;
  sample.split = rules_.split_of(work.plan, work.entry(), work.row);
  for (const TableField& field : encoder_->layout().fields) {
    FieldValue value;
    if (encoder_->is_text(field)) {
      std::string memory;
      Cell cell = work.row.cells[field.columns[0]];
      const auto& standard = encoder_->layout().columns[field.columns[0]].standard;
      if (standard && is_missing(cell, {})) cell = {.kind = Cell::Kind::kText, .text = *standard};
      value.bytes = batch.arena.copy(as_bytes(text_of(cell, memory)));
      value.shape = Shape{value.bytes.size()};
    } else {
      const std::span<std::byte> out = batch.arena.allocate(encoder_->bytes_of(field));
      encoder_->put(field, work.row.cells, out.data());
      value.bytes = out;
      if (field.vector) value.shape = Shape{encoder_->layout().width(field)};
    }
    value.hash = xxh3_128(value.bytes);
    batch.values.push_back(value);
  }
  if (work.plan.schema.fields.back().encoding == Encoding::kClass) {
    const std::int64_t label = rules_.label_of(work.plan, work.entry(), work.row);
    const Bytes bytes = batch.arena.copy(std::as_bytes(std::span(&label, 1)));
    batch.values.push_back({bytes, Shape{}, xxh3_128(bytes)});
  }
  if (work.numbered) sample.suffix = copy_text(":" + std::to_string(work.number), batch.arena);
  batch.samples.push_back(sample);
}

void TableKind::reject_or_throw(const Error& error, Work& work) const {
  if (!may_reject(error.code())) throw error;
  const std::string row = work.numbered ? ":" + std::to_string(work.number) : "";
  const PreparedSample& sample = work.sample;
  if (!options_.skip_errors) {
    throw at_line(work.numbered
                      ? Error(error.code(), "row " + row.substr(1) + ": " + error.message())
                      : error,
                  work.plan.path_of(work.entry()), sample.line, work.batch.segments.back().begin);
  }
  work.batch.rejects.push_back(
      {work.entry().key + row, error.code(), error.message(), sample.segment, sample.line});
}

}  // namespace

std::unique_ptr<Kind> make_table_kind(const BuildOptions& options) {
  return std::make_unique<TableKind>(options);
}

}  // namespace dsprep
