// TableLayout: which columns become which fields, settled. It is published as table.json, so that
// a trained model's inputs can be made in the same way.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "dsprep/fitted.h"
#include "dsprep/words.h"
#include "tools/ingest/table_spec.h"
#include "tools/ingest/table_value.h"

namespace dsprep {

struct TableColumn {
  std::string name;
  std::optional<ColumnType> type;  ///< none: not known before the survey
  std::optional<std::string> standard = {};
  /// The value of each id; where they are fitted, 0 is the unknown.
  std::vector<std::string> categories = {};
  bool mixed = false;  ///< a text by its contents, though some of them are numbers
};

struct TableField {
  std::string name;
  bool vector = false;
  bool by_contents = false;  ///< '*' without a type: columns that are no numbers leave it
  DType dtype = DType::kFloat32;
  std::vector<std::size_t> columns;  ///< index into TableLayout::columns
  bool one_hot = false;              ///< of one column, a place for each of its categories
  std::optional<Scaler> scaler = {};
};

struct TableLayout {
  std::vector<TableColumn> columns;
  std::vector<TableField> fields;

  /// The columns of `items`, '*' being those of `names` that neither an item nor `taken` names.
  /// Throws kUsage for a column or field that is named twice.
  static TableLayout draft(const std::vector<ColumnItem>& items,
                           const std::vector<std::string>& names,
                           const std::vector<std::string>& taken);
  /// With what the survey saw of each column (look_of) and counted of the categories. Throws
  /// kUsage where nothing is left.
  void complete(const std::vector<std::uint8_t>& looks, const std::vector<WordCounts>& words,
                std::uint64_t min_count);
  bool needs_survey() const noexcept;
  /// Elements of a value of the field.
  std::size_t width(const TableField& field) const noexcept {
    return field.one_hot ? columns[field.columns[0]].categories.size() - 1 : field.columns.size();
  }

  void add_fields(Schema& schema) const;
  std::string to_json() const;
  static TableLayout from_json(std::string_view json);
};

/// Writes the values of rows, scaled where the layout says so. Const members: any number of
/// threads.
class TableEncoder {
 public:
  /// Of a layout that is complete.
  TableEncoder(TableLayout layout, std::vector<std::string> missing);

  const TableLayout& layout() const noexcept { return layout_; }
  /// The value of a field that is not text: bytes_of(field) bytes. `cells` are those of the
  /// layout's columns. Throws kBadRow that names the column.
  void put(const TableField& field, const std::vector<Cell>& cells, std::byte* out) const;
  std::size_t bytes_of(const TableField& field) const noexcept {
    return layout_.width(field) * dtype_size(field.dtype);
  }
  bool is_text(const TableField& field) const noexcept;

 private:
  void put_cell(std::size_t column, const Cell& cell, DType dtype, std::byte* out) const;
  void put_one_hot(std::size_t column, const Cell& cell, std::size_t width, std::byte* out) const;
  /// The id of a category or a value in an order. Throws kBadRow where there is none.
  std::uint32_t id_of(std::size_t column, const Cell& cell) const;

  TableLayout layout_;
  std::vector<std::string> missing_;
  std::vector<std::unordered_map<std::string_view, std::uint32_t>> ids_;  // by column
};

}  // namespace dsprep
