// Rows of csv and tsv.
#include "formats/common/text.h"
#include "tools/ingest/csv_row.h"
#include "tools/ingest/listing.h"
#include "tools/ingest/row_columns.h"
#include "tools/ingest/text_document.h"

namespace dsprep {
namespace {

char delimiter_of(const TableFormat& format, const InputFile& file) {
  if (format.delimiter != 0) return format.delimiter;
  return extension_of(file.path().filename().string()) == "tsv" ? '\t' : ',';
}

class CsvRows final : public TableRows {
 public:
  CsvRows(const TableFormat& format, const InputFile& file, const Segment& segment, bool in_quotes,
          const std::vector<std::string>& wanted, bool others_known)
      : records_(file, segment, RecordRule::kQuoted, in_quotes),
        delimiter_(delimiter_of(format, file)) {
    const std::vector<std::string> names = csv_columns(format, file);
    columns_ = names.size();
    if (names.empty()) return;
    const Places places = places_of(names);
    for (const std::string& name : wanted) places_.push_back(place_of(places, name, names, file));
    if (others_known) check_all_wanted(names, wanted, file);
    memory_.resize(wanted.size());
    std::string_view head;
    if (format.header && segment.begin == 0) (void)records_.next(head);
  }

  bool next(std::string_view& raw) override {
    if (!records_.next(raw)) return false;
    raw_ = raw;
    return true;
  }

  void parse(std::vector<Cell>& cells) override {
    require_utf8(raw_);
    if (raw_.find('\0') != raw_.npos) refuse_row("the row holds a byte of value 0");
    split_csv_row(raw_, delimiter_, fields_);
    if (fields_.size() != columns_) {
      refuse_row("the row has " + std::to_string(fields_.size()) + " columns, and the first row has " +
             std::to_string(columns_));
    }
    cells.resize(places_.size());
    for (std::size_t i = 0; i < places_.size(); ++i)
      cells[i] = {.kind = Cell::Kind::kText, .text = csv_text(fields_[places_[i]], memory_[i])};
  }

  std::uint64_t line() const noexcept override { return records_.range().line(); }
  std::uint64_t lines() const noexcept override { return records_.range().lines(); }
  std::uint64_t blank() const noexcept override { return records_.blank(); }

 private:
  Records records_;
  char delimiter_;
  std::size_t columns_ = 0;
  std::vector<std::size_t> places_;
  std::string_view raw_;
  std::vector<std::string_view> fields_;
  std::vector<std::string> memory_;
};

}  // namespace

std::vector<std::string> csv_columns(const TableFormat& format, const InputFile& file) {
  return names_in_first_row(file, RecordRule::kQuoted, [&](std::string_view row) {
    std::vector<std::string> names = csv_names(row, delimiter_of(format, file));
    if (!format.header)
      for (std::size_t i = 0; i < names.size(); ++i) names[i] = std::to_string(i);
    return names;
  });
}

std::unique_ptr<TableRows> open_csv_rows(const TableFormat& format, const InputFile& file,
                                         const Segment& segment, bool in_quotes,
                                         const std::vector<std::string>& wanted,
                                         bool others_known) {
  return std::make_unique<CsvRows>(format, file, segment, in_quotes, wanted, others_known);
}

}  // namespace dsprep
