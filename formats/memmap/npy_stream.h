// NpyStream: a .npy file that grows by whole values, with a checksum for each block of its data.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "formats/common/footer.h"

namespace dsprep {

/// One thread at a time.
class NpyStream {
 public:
  /// `descr` as npy_header() takes it; `row` are the extents behind the first, whose size is known
  /// at the end.
  NpyStream(const std::filesystem::path& path, std::string descr, std::vector<std::uint64_t> row,
            std::uint64_t block_bytes);

  void append(Bytes bytes);
  /// As append(), for bytes whose XXH3-128 is known: a value that fills one block is not hashed
  /// again.
  void append(Bytes bytes, const Hash128& hash);
  std::uint64_t data_offset() const noexcept { return data_offset_; }
  std::uint64_t block_bytes() const noexcept { return block_bytes_; }

  /// Writes the header anew, for an array with this first extent. The file stays open for bytes
  /// behind the array.
  void finish(std::uint64_t first_extent);
  /// The checksums of all blocks. Requires: finish() was called.
  const std::vector<std::uint64_t>& checksums() const noexcept { return checksums_; }
  OutputFile& file() noexcept { return file_; }

 private:
  void checksum_block(Bytes bytes) { checksums_.push_back(xxh3_64(bytes)); }
  void checksum_rest();

  OutputFile file_;
  std::string descr_;
  std::vector<std::uint64_t> row_;
  std::uint64_t block_bytes_;
  std::uint64_t data_offset_ = 0;
  std::vector<std::byte> block_;  // begins with the bytes behind the last whole block
  std::size_t used_ = 0;          // of block_
  std::vector<std::uint64_t> checksums_;
};

/// Bytes a checksum block of fixed rows has: as many whole rows as fit 64 KiB, one at least.
std::uint64_t row_block_bytes(std::uint64_t row_bytes) noexcept;

}  // namespace dsprep
