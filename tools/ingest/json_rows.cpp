// Rows of JSON lines.
#include <simdjson.h>

#include "formats/common/text.h"
#include "tools/ingest/json_line.h"
#include "tools/ingest/row_columns.h"

namespace dsprep {
namespace {

namespace dom = simdjson::dom;

class JsonRows final : public TableRows {
 public:
  JsonRows(const InputFile& file, const Segment& segment, const std::vector<std::string>& wanted,
           bool others_known)
      : records_(file, segment, RecordRule::kLine, false),
        wanted_(wanted),
        places_(places_of(wanted_)),
        others_known_(others_known) {}

  bool next(std::string_view& raw) override {
    if (!records_.next(raw)) return false;
    raw_ = raw;
    return true;
  }

  void parse(std::vector<Cell>& cells) override {
    cells.assign(wanted_.size(), Cell{});
    for (const auto& [name, value] : object_of(parser_, raw_)) {
      const auto found = places_.find(name);
      if (found != places_.end()) {
        cells[found->second] = cell_of(name, value);
      } else if (others_known_) {
        refuse_row("the member '" + std::string(name) +
               "' is not in the first row; say with --columns which are wanted");
      }
    }
    for (std::size_t i = 0; i < cells.size(); ++i) cells[i] = cells[places_.at(wanted_[i])];
  }

  std::uint64_t line() const noexcept override { return records_.range().line(); }
  std::uint64_t lines() const noexcept override { return records_.range().lines(); }
  std::uint64_t blank() const noexcept override { return records_.blank(); }

 private:
  static Cell cell_of(std::string_view name, const dom::element& value) {
    Cell cell;
    switch (value.type()) {
      case dom::element_type::NULL_VALUE:
        return cell;
      case dom::element_type::STRING:
        return {.kind = Cell::Kind::kText, .text = value.get_string().value_unsafe()};
      case dom::element_type::BOOL:
        return {.kind = Cell::Kind::kBool, .text = {}, .integer = value.get_bool().value_unsafe()};
      case dom::element_type::INT64:
        return {
            .kind = Cell::Kind::kInteger, .text = {}, .integer = value.get_int64().value_unsafe()};
      case dom::element_type::UINT64:
        cell.kind = Cell::Kind::kUnsigned;
        cell.whole = value.get_uint64().value_unsafe();
        return cell;
      case dom::element_type::DOUBLE:
        cell.kind = Cell::Kind::kReal;
        cell.real = value.get_double().value_unsafe();
        return cell;
      default:
        refuse_row("the member '" + std::string(name) + "' is a list or an object");
    }
  }

  Records records_;
  std::vector<std::string> wanted_;
  Places places_;
  bool others_known_;
  std::string_view raw_;
  dom::parser parser_;
};

}  // namespace

std::vector<std::string> json_columns(const InputFile& file) {
  return names_in_first_row(file, RecordRule::kLine, [](std::string_view line) {
    dom::parser parser;
    std::vector<std::string> names;
    for (const auto& [name, value] : object_of(parser, line)) names.emplace_back(name);
    return names;
  });
}

std::unique_ptr<TableRows> open_json_rows(const InputFile& file, const Segment& segment,
                                          const std::vector<std::string>& wanted,
                                          bool others_known) {
  return std::make_unique<JsonRows>(file, segment, wanted, others_known);
}

}  // namespace dsprep
