// The head of a .npy file with a table: two dimensions, or a structured array of one.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "dsprep/schema.h"
#include "formats/common/file.h"

namespace dsprep {

struct NpyTable {
  struct Column {
    std::string name;
    DType dtype = DType::kFloat32;
    std::uint64_t offset = 0;  ///< in the row
    bool big = false;          ///< the elements' bytes stand from the highest to the lowest
  };
  std::vector<Column> columns;
  std::uint64_t rows = 0;
  std::uint64_t row_bytes = 0;
  std::uint64_t data_offset = 0;
  bool fortran = false;  ///< column after column
};

/// Throws kCorrupt and kTruncated where the file is not as its head says; kUnsupportedFormat for
/// other dtypes (complex, text, object), and for more than two dimensions. Format versions 1 to 3.
NpyTable read_npy_table(const InputFile& file);

/// Rows [first, end), row after row, also of a file in Fortran order.
std::vector<std::byte> read_npy_rows(const InputFile& file, const NpyTable& table,
                                     std::uint64_t first, std::uint64_t end);

}  // namespace dsprep
