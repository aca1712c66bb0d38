// What the forms of tables share: columns by their names, and lines or quoted rows.
#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "tools/ingest/record_range.h"
#include "tools/ingest/table_rows.h"

namespace dsprep {

[[noreturn]] void refuse_row(const std::string& what);

/// Index of each name. Views into `names`.
using Places = std::unordered_map<std::string_view, std::size_t>;
Places places_of(const std::vector<std::string>& names);
/// Throws kBadRow that lists the columns there are.
std::size_t place_of(const Places& places, const std::string& name,
                     const std::vector<std::string>& names, const InputFile& file);
/// Throws kBadRow where two columns have one name.
void check_names(const std::vector<std::string>& names, const InputFile& file);
/// Throws kBadRow where the file has a column that is not among `wanted`.
void check_all_wanted(const std::vector<std::string>& names, const std::vector<std::string>& wanted,
                      const InputFile& file);

/// Lines or quoted rows that begin in the segment, without those that have no character.
class Records {
 public:
  Records(const InputFile& file, const Segment& segment, RecordRule rule, bool in_quotes)
      : records_(file, segment.begin, std::min(segment.end, file.size()), rule, in_quotes),
        first_(segment.begin == 0) {}

  bool next(std::string_view& raw);
  const RecordRange& range() const noexcept { return records_; }
  std::uint64_t blank() const noexcept { return blank_; }

 private:
  RecordRange records_;
  bool first_;
  std::uint64_t blank_ = 0;
};

/// What `read` makes of the first row that is not blank; nothing where there is none. A fault is
/// thrown with the file and the line: no row can be read without the names.
std::vector<std::string> names_in_first_row(
    const InputFile& file, RecordRule rule,
    const std::function<std::vector<std::string>(std::string_view)>& read);

// The forms: what columns_of_table() and open_table_rows() choose from.
std::vector<std::string> csv_columns(const TableFormat& format, const InputFile& file);
std::unique_ptr<TableRows> open_csv_rows(const TableFormat& format, const InputFile& file,
                                         const Segment& segment, bool in_quotes,
                                         const std::vector<std::string>& wanted, bool others_known);
std::vector<std::string> json_columns(const InputFile& file);
std::unique_ptr<TableRows> open_json_rows(const InputFile& file, const Segment& segment,
                                          const std::vector<std::string>& wanted,
                                          bool others_known);
std::vector<std::string> npy_columns(const InputFile& file);
std::unique_ptr<TableRows> open_npy_rows(const InputFile& file, const Segment& segment,
                                         const std::vector<std::string>& wanted, bool others_known);

}  // namespace dsprep
