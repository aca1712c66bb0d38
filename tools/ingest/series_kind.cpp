// Time series: windows of the rows of tables, per series and split.
#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>

#include "formats/common/file.h"
#include "tools/ingest/kind.h"
#include "tools/ingest/planner.h"
#include "tools/ingest/record_range.h"
#include "tools/ingest/series_windows.h"
#include "tools/ingest/table_draft.h"
#include "tools/ingest/table_fit.h"
#include "tools/ingest/text_transform.h"

namespace dsprep {
namespace {

constexpr std::uint64_t kPartBytes = 8 << 20;  // of samples that one piece makes, about
constexpr std::uint64_t kMostParts = 1 << 16;

class SeriesKind final : public Kind {
 public:
  explicit SeriesKind(const BuildOptions& options) : options_(options), rules_(options) {
    shape_.windows = options.table.windows;
    shape_.horizon = options.table.horizon;
    shape_.own_targets = shape_.horizon != 0 && !options.table.targets.empty();
  }

  std::string options() const override { return table_options_json(options_); }
  std::string canary() const override { return table_canary(); }
  bool cuts_files() const noexcept override { return false; }
  bool splits_by_content() const noexcept override { return true; }
  void check(const Plan& plan) const override {
    check_scale(draft_of(plan), parse_scale(options_.table.scale));
  }
  void enter(const Plan& plan, Piece&) override {
    if (!draft_) draft_ = draft_of(plan);
  }
  OpenParts open_parts(const Plan& plan) const override;
  SurveyNeed survey_need(const Plan& plan) const override {
    const bool contents = draft_of(plan).needs_survey() || rules_.labels() ||
                          rules_.by_column() || !options_.table.scale.empty();
    return contents ? SurveyNeed::kContents : SurveyNeed::kNothing;
  }
  void survey(const Plan& plan, const Piece& piece, SurveyCounts& counts,
              std::vector<Segment>& segments) const override;
  void complete(Plan& plan, const SurveyCounts& counts) const override;
  void prepare(const Plan& plan, unsigned jobs) override;
  void transform(const Plan& plan, const Piece& piece, Batch& batch, unsigned) const override;

 private:
  TableLayout draft_of(const Plan& plan) const;
  template <class Take>
  void for_each_row(const Plan& plan, const Segment& segment, const TableLayout& layout,
                    SeriesTable& table, Take take) const;
  void survey_row(const Plan& plan, const Entry& entry, const TableRow& row,
                  SurveyCounts& counts) const;
  void fit(Plan& plan, TableLayout& layout) const;
  void read_table(const Plan& plan, const Segment& segment, SeriesTable& table) const;
  void add_row(const Plan& plan, const Entry& entry, TableRow& row, SeriesTable& table) const;

  BuildOptions options_;
  TableRules rules_;
  SeriesShape shape_;
  bool labels_ = false;
  std::optional<TableLayout> draft_;     // after enter()
  std::optional<TableEncoder> encoder_;  // after prepare()
  std::optional<SeriesWindows> windows_;
};

// The targets are one more vector of columns.
TableLayout SeriesKind::draft_of(const Plan& plan) const {
  TableLayout layout = draft_layout(plan, options_, rules_.columns());
  if (!shape_.own_targets) return layout;
  TableField target{.name = kSeriesTarget, .vector = true, .columns = {}};
  for (const std::string& name : options_.table.targets) {
    target.columns.push_back(layout.columns.size());
    layout.columns.push_back({.name = name, .type = ColumnType{}});
  }
  layout.fields.push_back(std::move(target));
  return layout;
}

// How many parts a file has is a function of its size alone: it is read later.
OpenParts SeriesKind::open_parts(const Plan&) const {
  const WindowOptions windows = shape_.windows;
  return [windows](const Entry& entry) {
    auto table = std::make_shared<SeriesTable>();
    const std::uint64_t times = windows.length / std::max<std::uint64_t>(windows.stride, 1) + 1;
    table->parts = std::clamp<std::uint64_t>(entry.bytes / kPartBytes * times + 1, 1, kMostParts);
    return table;
  };
}

template <class Take>
void SeriesKind::for_each_row(const Plan& plan, const Segment& segment, const TableLayout& layout,
                              SeriesTable& table, Take take) const {
  constexpr std::uint64_t kStep = 4 << 20;  // bytes that are in memory as text
  const Entry& entry = plan.entries[segment.entry];
  const InputFile file(plan.path_of(entry));
  check_unchanged(file, entry);
  table.stat = file.stat();
  const bool csv = table_form(entry.key) == TableForm::kCsv;
  const auto wanted = wanted_columns(layout, rules_.columns());
  bool in_quotes = false;
  TableRow row;
  for (std::uint64_t begin = 0; begin < entry.bytes; begin += kStep) {
    const std::uint64_t end = std::min(begin + kStep, entry.bytes);
    const auto rows = open_table_rows(options_.table.format, file, {.begin = begin, .end = end},
                                      in_quotes, wanted, takes_all_columns(options_));
    if (csv && end < entry.bytes) in_quotes ^= odd_quotes(file, begin, end);
    for (std::string_view raw; rows->next(raw);) {
      try {
        rows->parse(row.cells);
        rules_.read(layout.columns.size(), row);
        take(row, raw);
      } catch (const Error& error) {
        if (!may_reject(error.code())) throw;
        const bool npy = table_form(entry.key) == TableForm::kNpy;
        const std::uint64_t line = npy ? rows->row() : table.lines + rows->line();
        if (!options_.skip_errors) {
          throw Error(error.code(),
                      (npy ? "row " : "line ") + std::to_string(line) + ": " + error.message(),
                      {.file = plan.path_of(entry)}, kSkipRemedy);
        }
        table.rejects.push_back(
            {entry.key + ":" + std::to_string(line), error.code(), error.message()});
      }
    }
    table.lines += rows->lines();
    table.blank += rows->blank();
  }
  check_unchanged(file, entry);
}

void SeriesKind::survey_row(const Plan& plan, const Entry& entry, const TableRow& row,
                            SurveyCounts& counts) const {
  survey_table_row(
      row, *draft_, options_, rules_, counts,
      [&] { return split_of_series(plan, entry, row, options_, rules_); }, plan);
}

void SeriesKind::survey(const Plan& plan, const Piece& piece, SurveyCounts& counts,
                        std::vector<Segment>& segments) const {
  segments = segments_of(plan, piece);
  for (Segment& segment : segments) {
    SeriesTable table;
    const Entry& entry = plan.entries[segment.entry];
    for_each_row(plan, segment, *draft_, table, [&](const TableRow& row, std::string_view) {
      survey_row(plan, entry, row, counts);
    });
  }
}

void SeriesKind::complete(Plan& plan, const SurveyCounts& counts) const {
  TableLayout layout = draft_of(plan);
  layout.complete(counts.looks, counts.categories, options_.table.min_count);
  complete_labels_and_splits(plan, counts, options_, rules_);
  layout = TableLayout::from_json(layout.to_json());  // in the order in which prepare() reads it
  fit(plan, layout);
  plan.table = layout.to_json();
  plan.schema.fields.clear();
  layout.add_fields(plan.schema);
  const WindowOptions& windows = shape_.windows;
  const bool fixed = windows.tail == Tail::kDrop || windows.tail == Tail::kPad;
  for (std::size_t i = 0; i < plan.schema.fields.size(); ++i) {
    Field& field = plan.schema.fields[i];
    if (field.encoding == Encoding::kText) {
      throw Error(ErrorCode::kUsage,
                  "--columns: a window of rows holds no texts, and '" + field.name + "' is one", {},
                  "choose columns of numbers with --columns, or make it a category");
    }
    const bool target = shape_.own_targets && field.name == kSeriesTarget;
    const std::int64_t rows = target  ? static_cast<std::int64_t>(shape_.horizon)
                              : fixed ? static_cast<std::int64_t>(windows.length)
                                      : -1;
    field.shape.insert(field.shape.begin(), rows);
  }
  if (shape_.horizon != 0 && !shape_.own_targets) {
    const auto features = plan.schema.find("features");
    if (!features) {
      throw Error(ErrorCode::kUsage,
                  "--horizon: there is no field 'features' to take the targets from", {},
                  "name their columns with --target");
    }
    Field target = plan.schema.fields[*features];
    target.name = kSeriesTarget;
    target.shape[0] = static_cast<std::int64_t>(shape_.horizon);
    plan.schema.fields.push_back(std::move(target));
  }
  if (windows.tail == Tail::kPad)
    plan.schema.fields.push_back({"length", DType::kUint32, {}, Encoding::kArray});
  if (has_labels(plan, rules_)) plan.schema.fields.push_back(label_field());
}

// On the rows of train, each once, in however many windows it stands.
void SeriesKind::fit(Plan& plan, TableLayout& layout) const {
  TableRules rules = rules_;
  rules.prepare(plan);
  const bool labels = has_labels(plan, rules);
  const auto visit = [&](const Piece& piece, const TakeRow& take) {
    for (const Segment& segment : segments_of(plan, piece)) {
      const Entry& entry = plan.entries[segment.entry];
      SeriesTable table;
      for_each_row(plan, segment, layout, table, [&](const TableRow& row, std::string_view) {
        if (labels) (void)rules.label_of(plan, entry, row);
        take(row.cells,
             plan.splits[split_of_series(plan, entry, row, options_, rules)] == "train");
      });
    }
  };
  fit_table(layout, parse_scale(options_.table.scale),
            {.jobs = options_.jobs,
             .missing = options_.table.missing,
             .pieces = [&] { return PieceSequence(plan, all_slices(plan), false); },
             .enter = [](Piece&) {},
             .visit = visit});
}

void SeriesKind::prepare(const Plan& plan, unsigned) {
  rules_.prepare(plan);
  encoder_.emplace(TableLayout::from_json(plan.table), options_.table.missing);
  labels_ = has_labels(plan, rules_);
  windows_.emplace(*encoder_, shape_, labels_);
}

void SeriesKind::add_row(const Plan& plan, const Entry& entry, TableRow& row,
                         SeriesTable& table) const {
  const auto time = rules_.time(row);
  const std::uint32_t split = split_of_series(plan, entry, row, options_, rules_);
  const std::int64_t label = labels_ ? rules_.label_of(plan, entry, row) : 0;
  const std::vector<TableField>& fields = encoder_->layout().fields;
  Series& series = table.series[row.series];
  if (time && series.last) {
    if (time->date != series.last->date)
      throw Error(ErrorCode::kBadRow, "the time is a date in one row and a number in another");
    if (*time < *series.last) {
      throw Error(ErrorCode::kBadRow,
                  "the time lies before that of the row before" +
                      (row.series.empty() ? std::string() : " in series '" + row.series + "'") +
                      "; sort the file by time");
    }
  }
  std::vector<std::vector<std::byte>> values;
  for (const TableField& field : fields) {
    values.emplace_back(encoder_->bytes_of(field));
    encoder_->put(field, row.cells, values.back().data());
  }
  series.values.resize(fields.size());
  for (std::size_t i = 0; i < fields.size(); ++i)
    series.values[i].insert(series.values[i].end(), values[i].begin(), values[i].end());
  series.last = time;
  series.splits.push_back(split);
  if (labels_) series.labels.push_back(label);
  ++series.rows;
}

void SeriesKind::read_table(const Plan& plan, const Segment& segment, SeriesTable& table) const {
  try {
    Hasher128 hasher;
    for_each_row(plan, segment, encoder_->layout(), table,
                 [&](TableRow& row, std::string_view raw) {
                   hasher.update(as_bytes(raw));
                   hasher.update(as_bytes(std::string_view("\n")));
                   add_row(plan, plan.entries[segment.entry], row, table);
                 });
    table.source = hasher.value();
    table.cut(shape_);
  } catch (...) {
    table.error = std::current_exception();
  }
}

void SeriesKind::transform(const Plan& plan, const Piece& piece, Batch& batch, unsigned) const {
  auto& table = static_cast<SeriesTable&>(*piece.source);
  const Entry& entry = plan.entries[piece.first_entry];
  const Segment segment{.entry = piece.first_entry, .end = entry.bytes};
  batch.segments.push_back(segment);
  {
    const Turns::Hold turn(table, piece.turn);
    if (piece.turn == 0) {
      read_table(plan, segment, table);
      batch.bytes += entry.bytes;
      if (table.stat) {
        note_stat(batch.stats, *table.stat);
      } else {
        batch.stats.append(Hash128{});
      }
      batch.inputs.append(table.source);
      batch.rejects = std::move(table.rejects);
      batch.left_out.rows += table.left_out;
      batch.left_out.blank += table.blank;
    }
  }
  if (table.error) {
    if (piece.turn != 0) return;
    try {
      std::rethrow_exception(table.error);
    } catch (const Error& error) {
      if (!may_reject(error.code()) || !options_.skip_errors) throw;
      batch.rejects = {{.path = entry.key, .code = error.code(), .reason = error.message()}};
      return;
    }
  }
  const std::uint64_t count = table.windows.size();
  const std::uint64_t begin = count * piece.turn / table.parts;
  const std::uint64_t end = count * (piece.turn + 1) / table.parts;
  for (std::uint64_t i = begin; i < end; ++i) windows_->add(entry, table, table.windows[i], batch);
}

}  // namespace

std::unique_ptr<Kind> make_series_kind(const BuildOptions& options) {
  return std::make_unique<SeriesKind>(options);
}

}  // namespace dsprep
