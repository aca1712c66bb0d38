// Rows of tables: csv, tsv, jsonl, npy, all read as cells.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "formats/common/file.h"
#include "tools/ingest/batch.h"

namespace dsprep {

/// One value as it stands in the input. csv has only texts, and does not tell a missing one from an
/// empty one.
struct Cell {
  enum class Kind : std::uint8_t { kMissing, kText, kInteger, kUnsigned, kReal, kBool };
  Kind kind = Kind::kMissing;
  std::string_view text;     ///< of kText
  std::int64_t integer = 0;  ///< of kInteger and kBool
  std::uint64_t whole = 0;   ///< of kUnsigned, above 2^63
  double real = 0;           ///< of kReal
};

enum class TableForm : std::uint8_t { kCsv, kJsonl, kNpy };

/// By the name's ending: .jsonl, .ndjson, .npy; all else is csv.
TableForm table_form(std::string_view key);

struct TableFormat {
  bool header = true;  ///< csv: the first row names the columns; else they are "0", "1", …
  char delimiter = 0;  ///< csv; 0: a tab for .tsv, else a comma
};

/// The columns of the file, in their order: of csv by its first row, of jsonl by its first object,
/// of npy the names of a structured array, else numbers from 0. Throws kBadRow for two columns of
/// one name, kEmptyFile where there is no row.
std::vector<std::string> columns_of_table(const TableFormat& format, const InputFile& file);

/// The rows of a part of a file, one after another. One thread at a time.
class TableRows {
 public:
  virtual ~TableRows() = default;
  /// The bytes of the next row; false at the end. Blank lines are passed over.
  virtual bool next(std::string_view& raw) = 0;
  /// The cells of the wanted columns of the last row, valid until the next call. Throws kBadRow and
  /// kBadEncoding.
  virtual void parse(std::vector<Cell>& cells) = 0;
  /// The line at which the row began, from 1 for the first of the part; 0 where there are no lines.
  virtual std::uint64_t line() const noexcept = 0;
  virtual std::uint64_t lines() const noexcept = 0;
  virtual std::uint64_t blank() const noexcept { return 0; }
  /// Of npy: the row's number from 0, in the file.
  virtual std::uint64_t row() const noexcept { return 0; }
};

/// The rows that begin in the segment; `in_quotes` as in Piece. `wanted` lists columns by name;
/// with `others_known`, a column or a member of jsonl that is not among them is an error. Throws
/// kBadRow where a wanted column is not there (csv, npy).
std::unique_ptr<TableRows> open_table_rows(const TableFormat& format, const InputFile& file,
                                           const Segment& segment, bool in_quotes,
                                           const std::vector<std::string>& wanted,
                                           bool others_known);

}  // namespace dsprep
