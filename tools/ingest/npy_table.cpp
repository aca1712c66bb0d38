#include "tools/ingest/npy_table.h"

#include <cstring>
#include <regex>

#include "dsprep/error.h"
#include "formats/common/bytes.h"
#include "formats/common/text.h"

namespace dsprep {
namespace {

[[noreturn]] void refuse(ErrorCode code, const InputFile& file, const std::string& what,
                         const char* remedy = "save it anew with numpy.save") {
  throw Error(code, what, {.file = file.path().string()}, remedy);
}

constexpr const char* kTakes =
    "save numbers of 8 to 64 bits or truth values; texts and dates as csv";

// The dict of the head, and the place of the data.
std::string read_head(const InputFile& file, std::uint64_t& data_offset) {
  constexpr std::size_t kFront = 12;
  std::vector<std::byte> front(std::min<std::uint64_t>(file.size(), kFront));
  file.read_at(0, front);
  const std::string magic(reinterpret_cast<const char*>(front.data()),
                          std::min<std::size_t>(front.size(), 6));
  if (magic != "\x93NUMPY" || front.size() < kFront)
    refuse(ErrorCode::kCorrupt, file, "is no .npy file");
  const auto major = get<std::uint8_t>(front, 6);
  if (major < 1 || major > 3)
    refuse(ErrorCode::kUnsupportedFormat, file,
           "is of version " + std::to_string(major) + " of .npy");
  const std::uint64_t length =
      major == 1 ? get<std::uint16_t>(front, 8) : get<std::uint32_t>(front, 8);
  const std::uint64_t at = major == 1 ? 10 : 12;
  if (length > file.size() - std::min(file.size(), at))
    refuse(ErrorCode::kTruncated, file, "ends within its head");
  std::string head(length, '\0');
  file.read_at(at, std::as_writable_bytes(std::span(head.data(), head.size())));
  data_offset = at + length;
  return head;
}

NpyTable::Column column_of(const std::string& name, std::string descr, std::uint64_t offset,
                           const InputFile& file) {
  const bool big = descr.starts_with('>');
  if (big) descr[0] = '<';
  const auto dtype = dtype_from_descr(descr);
  if (!dtype)
    refuse(ErrorCode::kUnsupportedFormat, file, "has elements of dtype '" + descr + "'", kTakes);
  return {name, *dtype, offset, big};
}

std::string match(const std::string& head, const char* pattern) {
  std::smatch found;
  return std::regex_search(head, found, std::regex(pattern)) ? found[1].str() : std::string();
}

// "[('a', '<f4'), ('b', '<i8')]"
void add_named_columns(const std::string& list, const InputFile& file, NpyTable& table) {
  static const std::regex kColumn(R"RE(\s*\('([^'\\]+)',\s*'([^']+)'\)\s*,?)RE");
  auto at = list.cbegin();
  for (std::smatch found;
       std::regex_search(at, list.cend(), found, kColumn, std::regex_constants::match_continuous);
       at = found[0].second) {
    table.columns.push_back(column_of(found[1].str(), found[2].str(), table.row_bytes, file));
    table.row_bytes += dtype_size(table.columns.back().dtype);
  }
  if (at != list.cend() || table.columns.empty())
    refuse(ErrorCode::kUnsupportedFormat, file,
           "has a structured dtype that is not plain: " + escape_controls(list),
           "save it without padding and nesting: numpy.lib.recfunctions.repack_fields");
}

void check_size(const InputFile& file, const NpyTable& table, std::uint64_t row_bytes) {
  const std::uint64_t there = file.size() - table.data_offset;
  std::uint64_t bytes = 0;
  const bool large = __builtin_mul_overflow(table.rows, row_bytes, &bytes);
  if (!large && bytes == there) return;
  refuse(!large && there > bytes ? ErrorCode::kCorrupt : ErrorCode::kTruncated, file,
         "has " + std::to_string(there) + " bytes behind its head, not " +
             std::to_string(table.rows) + " rows of " + std::to_string(row_bytes));
}

}  // namespace

NpyTable read_npy_table(const InputFile& file) {
  NpyTable table;
  const std::string head = read_head(file, table.data_offset);
  const std::string order = match(head, "'fortran_order':\\s*(True|False)");
  if (order.empty()) refuse(ErrorCode::kCorrupt, file, "does not say its order");
  const std::string shape = match(head, "'shape':\\s*\\(([0-9, ]*)\\)");
  const std::string named = match(head, "'descr':\\s*\\[(.*)\\]\\s*,\\s*'fortran");
  std::uint64_t width = 1;
  const std::size_t comma = shape.find(',');
  const auto rows = parse_u64(shape.substr(0, comma));
  std::string second = comma == shape.npos ? "" : shape.substr(comma + 1);
  std::erase(second, ' ');
  const auto columns = second.empty() ? std::optional<std::uint64_t>(1) : parse_u64(second);
  if (!rows || !columns || comma == shape.npos || (!named.empty() && !second.empty()))
    refuse(ErrorCode::kUnsupportedFormat, file,
           "has the shape (" + shape + "), and a table has rows and columns",
           "reshape it to two axes, a structured array to one");
  table.rows = *rows;
  width = *columns;
  if (width > (std::uint64_t{1} << 32)) refuse(ErrorCode::kTooLarge, file, "has too many columns");
  if (!named.empty()) {
    add_named_columns(named, file, table);
  } else {
    const std::string descr = match(head, "'descr':\\s*'([^']*)'");
    const std::uint64_t size = dtype_size(column_of("0", descr, 0, file).dtype);
    check_size(file, table, width * size);  // before there are that many columns
    for (std::uint64_t i = 0; i < width; ++i)
      table.columns.push_back(column_of(std::to_string(i), descr, i * size, file));
    table.row_bytes = width * size;
    table.fortran = order == "True" && width > 1;
  }
  check_size(file, table, table.row_bytes);
  return table;
}

std::vector<std::byte> read_npy_rows(const InputFile& file, const NpyTable& table,
                                     std::uint64_t first, std::uint64_t end) {
  std::vector<std::byte> rows((end - first) * table.row_bytes);
  if (!table.fortran) {
    file.read_at(table.data_offset + first * table.row_bytes, rows);
    return rows;
  }
  std::vector<std::byte> column;  // elements of one dtype: a structured array has one dimension
  for (const NpyTable::Column& about : table.columns) {
    const std::size_t width = dtype_size(about.dtype);
    column.resize((end - first) * width);
    file.read_at(table.data_offset + about.offset * table.rows + first * width, column);
    for (std::uint64_t row = 0; row < end - first; ++row)
      std::memcpy(&rows[row * table.row_bytes + about.offset], &column[row * width], width);
  }
  return rows;
}

}  // namespace dsprep
