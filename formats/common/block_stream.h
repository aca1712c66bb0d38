// BlockStream: bytes of one file that stand back to back, with one XXH3-64 for each block of them.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "formats/common/shard_files.h"
#include "formats/common/verified.h"

namespace dsprep {

/// A stretch of the stream in a file whose bytes are not what their checksum says. Counts bytes of
/// the stream.
struct BadBlock {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  std::string what;
};

/// "checksum differs: expected …, got …", in hexadecimal.
std::string checksum_differs(std::uint64_t expected, std::uint64_t got);

/// Const members may be called by any number of threads.
class BlockStream {
 public:
  struct Place {
    std::uint32_t file = 0;
    std::uint64_t offset = 0;  ///< of the first byte in the file
    std::uint64_t bytes = 0;
    std::uint64_t block_bytes = 0;
    std::string section;  ///< with the checksums
  };
  /// Throws kCorrupt where the stream does not lie in its file's body.
  BlockStream(const ShardFiles& files, Place place, Verify verify);

  const Place& place() const noexcept { return place_; }
  std::uint64_t bytes() const noexcept { return place_.bytes; }
  /// Fills `out` from the stream's byte `begin`. Requires: inside the stream. Blocks are
  /// compared as `verify` says. Throws kCorrupt with the place.
  void read(std::uint64_t begin, std::span<std::byte> out) const;
  /// The same bytes in the file's mapping, or in `scratch`, where they are not mapped.
  Bytes view(std::uint64_t begin, std::uint64_t bytes, std::vector<std::byte>& scratch) const;
  /// As ShardFiles::will_read().
  void will_read(std::uint64_t begin, std::uint64_t bytes) const {
    files_.will_read(place_.file, place_.offset + begin, bytes);
  }
  /// XXH3-64 of the block that holds the byte `begin`, as it was written. 0 in an empty stream.
  std::uint64_t checksum_at(std::uint64_t begin) const;
  /// Compares all blocks and reports those that differ.
  void check(const std::function<void(const BadBlock&)>& report) const;

 private:
  struct Index {
    std::vector<std::uint64_t> checksums;
    VerifiedBits verified;
  };
  const Index& index() const;
  std::uint64_t blocks() const noexcept;
  std::uint64_t block_end(std::uint64_t block) const noexcept;
  void load(std::uint64_t begin, std::span<std::byte> out) const;
  void verify_block(const Index& index, std::uint64_t block, Bytes bytes) const;
  bool trusted(const Index& index, std::uint64_t block) const noexcept;
  void verify_border(const Index& index, std::uint64_t block) const;

  const ShardFiles& files_;
  Place place_;
  Verify verify_;
  Lazy<Index> index_;
};

}  // namespace dsprep
