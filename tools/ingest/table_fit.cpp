#include "tools/ingest/table_fit.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "dsprep/error.h"
#include "formats/common/text.h"
#include "lib/stats/number_fit.h"
#include "tools/ingest/ordered.h"
#include "tools/ingest/phases.h"

namespace dsprep {
namespace {

bool scales(const TableField& field) {
  return !field.one_hot && (field.dtype == DType::kFloat32 || field.dtype == DType::kFloat64);
}

[[noreturn]] void refuse(const ScaleItem& item, const std::string& what) {
  throw Error(ErrorCode::kUsage, "--scale: the field '" + escape_controls(item.field) + "' " + what,
              {}, "name fields of float32 or float64, as --columns makes them");
}

// A field of a draft, too: what its columns are not known to be they may become.
bool may_scale(const TableLayout& layout, const TableField& field) {
  const std::optional<ColumnType>& type = layout.columns[field.columns.front()].type;
  return !type || (type->form == ColumnType::Form::kNumber && type->dtype >= DType::kFloat32);
}

[[noreturn]] void refuse_all() {
  throw Error(ErrorCode::kUsage, "--scale: no field is of floats", {},
              "name some, as --columns makes them");
}

std::string names_of(const TableLayout& layout) {
  std::string names;
  for (const TableField& field : layout.fields)
    names += (names.empty() ? "" : ", ") + escape_controls(field.name);
  return names;
}

// The item of each field, or none.
std::vector<const ScaleItem*> items_of(const TableLayout& layout,
                                       const std::vector<ScaleItem>& items) {
  check_scale(layout, items);
  std::vector<const ScaleItem*> of_fields(layout.fields.size());
  bool any = false;
  for (const ScaleItem& item : items) {
    bool found = false;
    for (std::size_t i = 0; i < layout.fields.size(); ++i) {
      const TableField& field = layout.fields[i];
      if (item.field.empty() ? of_fields[i] != nullptr || !scales(field) : field.name != item.field)
        continue;
      of_fields[i] = &item;
      found = true;
    }
    any = any || found;
  }
  if (!any) refuse_all();
  return of_fields;
}

// A field, and what is counted of it.
struct FieldFit {
  std::size_t field;
  const ScaleItem* item;
  NumberFit numbers;
  unsigned passes_left;
};

std::vector<FieldFit> fits_of(const TableLayout& layout, const std::vector<const ScaleItem*>& items,
                              unsigned jobs) {
  std::vector<FieldFit> fits;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (items[i] == nullptr) continue;
    NumberFit numbers({.dtype = layout.fields[i].dtype,
                       .features = layout.fields[i].columns.size(),
                       .quantiles = items[i]->quantiles(),
                       .jobs = jobs});
    const unsigned passes = numbers.passes();
    fits.push_back({i, items[i], std::move(numbers), passes});
  }
  return fits;
}

// All fields are encoded, so that rows that will be refused are not fitted on.
class Pass {
 public:
  Pass(const TableEncoder& encoder, std::vector<FieldFit>& fits, unsigned jobs)
      : encoder_(encoder), fits_(fits), values_(jobs) {}

  void run(const TableFitInput& input) {
    PieceSequence pieces = input.pieces();
    const auto next = [&](Piece& piece) {
      check_interrupted();
      if (!pieces.next(piece)) return false;
      input.enter(piece);
      return true;
    };
    const auto look = [&](Piece& piece, unsigned thread) {
      input.visit(piece,
                  [&](const std::vector<Cell>& cells, bool train) { take(cells, train, thread); });
    };
    run_ordered<Piece>(input.jobs, 4 * std::size_t{input.jobs}, next, look, [](Piece&) {});
    for (FieldFit& fit : fits_) {
      if (fit.passes_left == 0) continue;
      fit.numbers.end_pass();
      --fit.passes_left;
    }
  }

 private:
  void take(const std::vector<Cell>& cells, bool train, unsigned thread) {
    const std::vector<TableField>& fields = encoder_.layout().fields;
    std::vector<std::vector<std::byte>>& values = values_[thread];
    values.resize(fields.size());
    for (std::size_t i = 0; i < fields.size(); ++i) {
      if (encoder_.is_text(fields[i])) continue;
      values[i].resize(encoder_.bytes_of(fields[i]));
      encoder_.put(fields[i], cells, values[i].data());
    }
    for (FieldFit& fit : fits_) {
      if (train && fit.passes_left != 0) fit.numbers.add(thread, values[fit.field]);
    }
  }

  const TableEncoder& encoder_;
  std::vector<FieldFit>& fits_;
  std::vector<std::vector<std::vector<std::byte>>> values_;  // by thread and field
};

Scaler scaler_of(const FieldFit& fit, const TableLayout& layout) {
  const TableField& field = layout.fields[fit.field];
  FieldStats stats;
  stats.field = field.name;
  stats.split = "train";
  const std::vector<NumberStats> numbers = fit.numbers.report();
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    stats.features.push_back({layout.columns[field.columns[i]].name, numbers[i]});
    stats.samples =
        std::max(stats.samples, numbers[i].count + numbers[i].missing + numbers[i].infinite);
  }
  if (stats.samples == 0)
    throw Error(ErrorCode::kUsage, "--scale: train has no rows to fit on", {.field = field.name});
  return {fit.item->kind, stats, fit.item->options};
}

}  // namespace

std::vector<std::size_t> all_slices(const Plan& plan) {
  std::vector<std::size_t> slices(plan.slices.size());
  std::iota(slices.begin(), slices.end(), std::size_t{0});
  return slices;
}

void check_scale(const TableLayout& layout, const std::vector<ScaleItem>& items) {
  const auto fits = [&](const TableField& field) { return may_scale(layout, field); };
  if (!items.empty() && std::ranges::none_of(layout.fields, fits)) refuse_all();
  for (const ScaleItem& item : items) {
    if (item.field.empty()) continue;
    const auto field = std::ranges::find(layout.fields, item.field, &TableField::name);
    if (field == layout.fields.end()) refuse(item, "is none of " + names_of(layout));
    if (!may_scale(layout, *field)) refuse(item, "is not of floats");
  }
}

void fit_table(TableLayout& layout, const std::vector<ScaleItem>& items,
               const TableFitInput& input) {
  if (items.empty()) return;
  std::vector<FieldFit> fits = fits_of(layout, items_of(layout, items), input.jobs);
  const TableEncoder encoder(layout, input.missing);
  while (std::ranges::any_of(fits, [](const FieldFit& fit) { return fit.passes_left != 0; }))
    Pass(encoder, fits, input.jobs).run(input);
  for (const FieldFit& fit : fits) layout.fields[fit.field].scaler = scaler_of(fit, layout);
}

}  // namespace dsprep
