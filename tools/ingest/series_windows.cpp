#include "tools/ingest/series_windows.h"

#include <algorithm>
#include <cstring>

#include "tools/ingest/table_draft.h"

namespace dsprep {

// The rows of one field; with Tail::kPad filled up.
FieldValue SeriesWindows::rows_of(const SeriesWindow& window, std::size_t field, Arena& arena) const {
  const TableField& about = encoder_.layout().fields[field];
  const std::size_t width = encoder_.bytes_of(about);
  const bool pad = shape_.windows.tail == Tail::kPad;
  const std::uint64_t rows = pad ? shape_.windows.length : window.length;
  const std::span<std::byte> out = arena.allocate(rows * width);
  std::memcpy(out.data(), window.series->values[field].data() + window.start * width,
              window.length * width);
  const std::size_t element = dtype_size(about.dtype);
  const std::string padding = std::to_string(shape_.windows.pad);
  const Cell cell{.kind = Cell::Kind::kText, .text = padding};
  for (std::size_t at = window.length * width; at < out.size(); at += element)
    put_number(cell, about.dtype, &out[at]);
  FieldValue value{.bytes = out, .shape = {}};
  value.shape = about.vector ? Shape{rows, encoder_.layout().width(about)} : Shape{rows};
  value.hash = xxh3_128(value.bytes);
  return value;
}

FieldValue SeriesWindows::targets_of(const SeriesWindow& window, Arena& arena) const {
  const std::vector<TableField>& fields = encoder_.layout().fields;
  const bool own = shape_.own_targets;
  const auto found = std::ranges::find(fields, own ? kSeriesTarget : "features", &TableField::name);
  const auto field = static_cast<std::size_t>(found - fields.begin());
  const std::size_t width = encoder_.bytes_of(*found);
  const Bytes all = window.series->values[field];
  const Bytes bytes =
      arena.copy(all.subspan((window.start + window.length) * width, shape_.horizon * width));
  return {bytes, Shape{shape_.horizon, encoder_.layout().width(*found)}, xxh3_128(bytes)};
}

// The values in the order of the schema.
void SeriesWindows::add(const Entry& entry, const SeriesTable& table,
                            const SeriesWindow& window, Batch& batch) const {
  const auto add_scalar = [&batch](const auto& value) {
    const Bytes bytes = batch.arena.copy(std::as_bytes(std::span(&value, 1)));
    batch.values.push_back({bytes, Shape{}, xxh3_128(bytes)});
  };
  const std::vector<TableField>& fields = encoder_.layout().fields;
  const bool own = shape_.own_targets;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    batch.values.push_back(own && fields[i].name == kSeriesTarget ? targets_of(window, batch.arena)
                                                            : rows_of(window, i, batch.arena));
  }
  if (shape_.horizon != 0 && !own) batch.values.push_back(targets_of(window, batch.arena));
  if (shape_.windows.tail == Tail::kPad) add_scalar(static_cast<std::uint32_t>(window.length));
  if (labels_) add_scalar(window.series->labels[window.start + window.length - 1]);
  const std::string name = window.name->empty() ? "" : ":" + *window.name;
  batch.samples.push_back(
      {.key = copy_text(entry.key + name + "@" + std::to_string(window.start), batch.arena),
       .segment = static_cast<std::uint32_t>(batch.segments.size() - 1),
       .split = window.series->splits[window.start],
       .source = table.source});
}

}  // namespace dsprep
