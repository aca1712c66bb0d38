// What --columns says: which columns of a table go to which field, and as what.
//
//   SPEC  := ITEM (',' ITEM)*
//   ITEM  := [FIELD '='] COLS [':' TYPE] ['?' DEFAULT]
//   COLS  := COL ('+' COL)* ['+'] | '*'
//   COL   := NAME | '"' NAME '"' ("" stands for a quote in it) | FIRST '..' LAST (numbers)
//   TYPE  := float32 float64 int8 … int64 uint8 … uint64 bool text category onehot
//            ordinal(VALUE<VALUE<…)
//
// category is an id of the values that train has, 0 for all others; onehot the same as a vector of
// float32 with a place for each value, all 0 for others. ordinal is the place of the value in the
// order that is written there, from 0; other values are errors.
//
// One column is a scalar field, several (or one with '+' behind it) a vector with names. '*' is
// every column that nothing else names. DEFAULT stands in for missing values.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dsprep/schema.h"

namespace dsprep {

struct ColumnType {
  enum class Form : std::uint8_t { kNumber, kText, kCategory, kOneHot, kOrdinal };
  Form form = Form::kNumber;
  DType dtype = DType::kFloat32;        ///< of kNumber; bool is one of them
  std::vector<std::string> order = {};  ///< of kOrdinal: the values

  /// The ids of its values are fitted on train.
  bool fitted() const noexcept { return form == Form::kCategory || form == Form::kOneHot; }
  friend bool operator==(const ColumnType&, const ColumnType&) = default;
};

std::string column_type_name(const ColumnType& type);
/// Throws kUsage that lists the types.
ColumnType parse_column_type(std::string_view text);

struct ColumnItem {
  std::string field;                 ///< empty: after the column
  std::vector<std::string> columns;  ///< empty for '*'
  bool vector = false;
  std::optional<ColumnType> type;  ///< none: float32 in a vector, else told by the contents
  std::optional<std::string> standard;

  bool rest() const noexcept { return columns.empty(); }
};

/// Throws kUsage that shows the item at fault.
std::vector<ColumnItem> parse_columns(std::string_view spec);

/// A column's name as a field's: letters in lower case, digits, the rest as '_'.
std::string field_of_column(std::string_view column);

}  // namespace dsprep
