// BlockStream: bytes of one file that stand back to back, with one XXH3-64 for each block of them.
#pragma once

#include <array>
#include <atomic>
#include <cstring>
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
  /// N numbers of 64 bits from the stream's number `first` on: what read() would give, without a
  /// copy of unknown size.
  template <std::size_t N>
  std::array<std::uint64_t, N> numbers(std::uint64_t first) const {
    std::array<std::uint64_t, N> out{};
    constexpr std::uint64_t kBytes = N * sizeof(std::uint64_t);
    const Bytes bytes = mapped(first * sizeof(std::uint64_t), kBytes);
    if (bytes.empty())
      read(first * sizeof(std::uint64_t), std::as_writable_bytes(std::span(out)));
    else
      std::memcpy(out.data(), bytes.data(), kBytes);
    return out;
  }
  /// The stream in its file's mapping, for a loop over many values.
  class Window;
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
  Bytes mapped(std::uint64_t begin, std::uint64_t bytes) const;  // nothing where it is not mapped
  Bytes mapped_whole() const;                                    // likewise
  std::uint64_t block_of(std::uint64_t byte) const noexcept {
    return shift_ == kNoShift ? byte / place_.block_bytes : byte >> shift_;
  }
  std::uint64_t blocks() const noexcept;
  std::uint64_t block_end(std::uint64_t block) const noexcept;
  void load(std::uint64_t begin, std::span<std::byte> out) const;
  void verify_block(const Index& index, std::uint64_t block, Bytes bytes) const;
  bool trusted(const Index& index, std::uint64_t block) const noexcept {
    return verify_ == Verify::kFirst && index.verified.has(block);
  }
  void verify_border(const Index& index, std::uint64_t block) const;

  const ShardFiles& files_;
  Place place_;
  Verify verify_;
  static constexpr unsigned kNoShift = 64;
  unsigned shift_ =
      kNoShift;  // where a block is a power of two: a division takes as long as the rest
  Lazy<Index> index_;
};

/// What view() asks anew for each value is asked once here. Valid as long as the stream.
class BlockStream::Window {
 public:
  explicit Window(const BlockStream& stream)
      : stream_(stream),
        bytes_(stream.mapped_whole()),
        most_(bytes_.empty() ? 0 : stream.files_.most_mapped()),
        index_(most_ == 0 || stream.verify_ == Verify::kNever ? nullptr : &stream.index()) {}
  /// False where nothing is read through the mapping: at() is null then.
  explicit operator bool() const noexcept { return most_ != 0; }
  /// As view(); null where the bytes are none, or too many to be read through the mapping.
  /// Requires: inside the stream. Throws kCorrupt.
  Bytes at(std::uint64_t begin, std::uint64_t bytes) const {
    if (bytes - 1 >= most_) return {};  // 0 - 1 is the largest number
    if (index_ != nullptr) {
      const std::uint64_t last = stream_.block_of(begin + bytes - 1);
      for (std::uint64_t block = stream_.block_of(begin); block <= last; ++block)
        if (!stream_.trusted(*index_, block)) stream_.verify_border(*index_, block);
    }
    return bytes_.subspan(begin, bytes);
  }
  /// As BlockStream::numbers(). Requires: operator bool().
  template <std::size_t N>
  std::array<std::uint64_t, N> numbers(std::uint64_t first) const {
    std::array<std::uint64_t, N> out;
    std::memcpy(out.data(), at(first * sizeof(std::uint64_t), sizeof(out)).data(), sizeof(out));
    return out;
  }
  void prefetch(std::uint64_t at) const noexcept { __builtin_prefetch(bytes_.data() + at); }

 private:
  const BlockStream& stream_;
  Bytes bytes_;         // the stream
  std::uint64_t most_;  // bytes of a value that is read through the mapping
  const Index* index_;  // null where nothing is compared
};

}  // namespace dsprep
