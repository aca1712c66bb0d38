#include "formats/common/shard_table.h"

#include <algorithm>
#include <array>

#include "formats/common/bytes.h"
#include "formats/common/npy.h"

namespace dsprep {
namespace {

constexpr std::size_t kFixedBytes = 3 * sizeof(std::uint32_t) + 4 * sizeof(std::uint64_t);
constexpr std::size_t kBytesPerFile = 3 * sizeof(std::uint64_t);

std::size_t row_bytes(std::size_t files) { return kFixedBytes + files * kBytesPerFile; }

std::vector<std::byte> table_header(std::uint64_t rows, std::size_t files) {
  const std::string count = std::to_string(files);
  const std::string descr =
      "[('split', '<u4'), ('number', '<u4'), ('part', '<u4'), ('samples', '<u8'), ('first', "
      "'<u8'), "
      "('polynomial', '<u8', (2,)), ('bytes', '<u8', (" +
      count + ",)), ('xxh3', '<u8', (" + count + ", 2))]";
  return npy_header(descr, std::array{rows});
}

// One expression reads and writes a row, so that the two cannot drift apart: `io` is called with
// each member in order.
template <class Io, class Row>
void visit_row(Io& io, Row& row, std::uint64_t& samples, Hash128& polynomial) {
  io(row.split), io(row.number), io(row.part);
  io(samples), io(row.first);
  io(polynomial.low), io(polynomial.high);
  for (auto& file : row.files) io(file.bytes);
  for (auto& file : row.files) io(file.hash.low), io(file.hash.high);
}

}  // namespace

std::vector<std::byte> encode_shard_table(const std::vector<ShardRow>& rows,
                                          const std::vector<std::string>& suffixes) {
  std::vector<std::byte> out = table_header(rows.size(), suffixes.size());
  out.reserve(out.size() + rows.size() * row_bytes(suffixes.size()));
  auto write = [&out](const auto& value) { put(out, value); };
  for (const ShardRow& row : rows) {
    if (!std::ranges::equal(row.files, suffixes, {}, &ShardFile::suffix)) {
      throw Error(ErrorCode::kInternal, "a shard does not have the files of its container");
    }
    std::uint64_t samples = row.digest.count();
    Hash128 polynomial = row.digest.polynomial();
    visit_row(write, row, samples, polynomial);
  }
  return out;
}

std::optional<std::uint64_t> shard_table_bytes(std::uint64_t rows, std::size_t files) {
  std::uint64_t bytes = 0;
  if (__builtin_mul_overflow(rows, row_bytes(files), &bytes)) return std::nullopt;
  if (__builtin_add_overflow(bytes, table_header(rows, files).size(), &bytes)) return std::nullopt;
  return bytes;
}

std::vector<ShardRow> decode_shard_table(Bytes bytes, std::uint64_t count,
                                         const std::vector<std::string>& suffixes) {
  if (shard_table_bytes(count, suffixes.size()) != bytes.size()) {
    throw Error(ErrorCode::kCorrupt,
                "does not have the size of " + std::to_string(count) + " rows");
  }
  const std::vector<std::byte> header = table_header(count, suffixes.size());
  if (!std::ranges::equal(header, bytes.first(header.size()))) {
    throw Error(ErrorCode::kCorrupt, "its header is not that of a table of shards", {.offset = 0});
  }
  std::size_t at = header.size();
  auto read = [&](auto& value) {
    value = get<std::remove_reference_t<decltype(value)>>(bytes, at);
    at += sizeof(value);
  };
  std::vector<ShardRow> rows(count);
  for (ShardRow& row : rows) {
    for (const std::string& suffix : suffixes)
      row.files.push_back({.suffix = suffix, .bytes = 0, .hash = {}});
    std::uint64_t samples = 0;
    Hash128 polynomial;
    visit_row(read, row, samples, polynomial);
    row.digest = Digest(samples, polynomial);
  }
  return rows;
}

}  // namespace dsprep
