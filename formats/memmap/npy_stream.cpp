#include "formats/memmap/npy_stream.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "formats/common/npy.h"

namespace dsprep {
namespace {

std::vector<std::byte> header_of(const std::string& descr, const std::vector<std::uint64_t>& row,
                                 std::uint64_t first_extent) {
  std::vector<std::uint64_t> shape = {first_extent};
  shape.insert(shape.end(), row.begin(), row.end());
  return npy_header(descr, shape);
}

}  // namespace

NpyStream::NpyStream(const std::filesystem::path& path, std::string descr,
                     std::vector<std::uint64_t> row, std::uint64_t block_bytes)
    : file_(path), descr_(std::move(descr)), row_(std::move(row)), block_bytes_(block_bytes) {
  const std::vector<std::byte> header = header_of(descr_, row_, 0);
  data_offset_ = header.size();
  file_.hash_later();  // the header is written once more
  file_.append(header);
}

void NpyStream::append(Bytes bytes) {
  file_.append(bytes);
  while (!bytes.empty()) {
    if (used_ == 0 && bytes.size() >= block_bytes_) {
      checksum_block(bytes.first(block_bytes_));
      bytes = bytes.subspan(block_bytes_);
      continue;
    }
    if (block_.empty()) block_.resize(block_bytes_);
    const std::size_t now = std::min<std::size_t>(bytes.size(), block_bytes_ - used_);
    std::memcpy(block_.data() + used_, bytes.data(), now);
    bytes = bytes.subspan(now);
    used_ += now;
    if (used_ == block_bytes_) checksum_rest();
  }
}

void NpyStream::checksum_rest() {
  checksum_block(Bytes(block_).first(used_));
  used_ = 0;
}

void NpyStream::append(Bytes bytes, const Hash128& hash) {
  if (bytes.size() != block_bytes_ || used_ != 0) return append(bytes);
  file_.append(bytes);
  checksums_.push_back(xxh3_64_from_128(hash, bytes));
}

void NpyStream::finish(std::uint64_t first_extent) {
  if (used_ != 0) checksum_rest();
  if (first_extent != 0) file_.overwrite(0, header_of(descr_, row_, first_extent));
}

std::uint64_t row_block_bytes(std::uint64_t row_bytes) noexcept {
  if (row_bytes == 0) return kBlockBytes;
  return std::max<std::uint64_t>(1, kBlockBytes / row_bytes) * row_bytes;
}

}  // namespace dsprep
