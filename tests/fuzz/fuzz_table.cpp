// libFuzzer: any file is a table or an Error, and its rows are the same however it is cut. The
// first byte chooses the form (csv, jsonl, npy), the next two where it is cut.
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "dsprep/error.h"
#include "formats/common/bytes.h"
#include "formats/common/file.h"
#include "tools/ingest/record_range.h"
#include "tools/ingest/table_rows.h"
#include "tools/ingest/table_value.h"

namespace {

using namespace dsprep;
namespace fs = std::filesystem;

fs::path fuzz_file(unsigned form) {
  static constexpr const char* kEndings[] = {".csv", ".jsonl", ".npy"};
  return "/dev/shm/dsprep-fuzz-" + std::to_string(::getpid()) + kEndings[form % 3];
}

// A row's values, or the class of what is wrong with it, as text.
std::string text_of_row(TableRows& rows, std::vector<Cell>& cells) {
  std::string text, memory;
  try {
    rows.parse(cells);
  } catch (const Error& error) {
    if (error.code() == ErrorCode::kInternal) std::abort();
    return "!" + std::string(error_class_name(error.code()));
  }
  for (const Cell& cell : cells) {
    text += std::string(text_of(cell, memory)) + "|";
    std::byte number[8];
    try {
      put_number(cell, DType::kFloat32, number);
      put_number(cell, DType::kInt64, number);
    } catch (const Error&) {
    }
  }
  return text;
}

void read_rows(const InputFile& file, const Segment& segment, bool in_quotes,
               const std::vector<std::string>& columns, std::vector<std::string>& out) {
  const auto rows = open_table_rows({}, file, segment, in_quotes, columns, false);
  std::vector<Cell> cells;
  for (std::string_view raw; rows->next(raw);) out.push_back(text_of_row(*rows, cells));
}

void read_table(const fs::path& path, std::uint64_t cut) {
  const InputFile file(path);
  const std::vector<std::string> columns = columns_of_table({}, file);
  std::vector<std::string> whole, parts;
  read_rows(file, {.begin = 0, .end = file.size()}, false, columns, whole);
  cut %= file.size() + 1;
  const bool csv = table_form(path.filename().string()) == TableForm::kCsv;
  const bool in_quotes = csv && odd_quotes(file, 0, cut);
  read_rows(file, {.begin = 0, .end = cut}, false, columns, parts);
  read_rows(file, {.begin = cut, .end = file.size()}, in_quotes, columns, parts);
  if (whole != parts) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3) return 0;
  const Bytes bytes = std::as_bytes(std::span(data, size));
  const fs::path path = fuzz_file(data[0]);
  remove_file(path);
  OutputFile out(path);
  out.append(bytes.subspan(3));
  out.close();
  try {
    read_table(path, get<std::uint16_t>(bytes, 1));
  } catch (const Error& error) {
    if (error.code() == ErrorCode::kInternal) std::abort();
  }
  remove_file(path);
  return 0;
}
