// Spool: bytes that have to wait until others are known. A few stay in memory, more go to a file
// that has no name any more, so that nothing of it is left, however the program ends.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <vector>

#include "formats/common/file.h"

namespace dsprep {

/// One thread at a time.
class Spool {
 public:
  /// Bytes that are kept in memory.
  static constexpr std::size_t kMost = std::size_t{4} << 20;

  /// `place` is a name in the folder where the file may be made; empty: all stays in memory.
  explicit Spool(std::filesystem::path place = {}) : place_(std::move(place)) {}

  void append(Bytes bytes) {
    size_ += bytes.size();
    memory_.insert(memory_.end(), bytes.begin(), bytes.end());
    if (memory_.size() >= kMost && !place_.empty()) write_out();
  }
  std::uint64_t size() const noexcept { return size_; }
  /// Calls take(bytes) for all of them, piece by piece. Throws kIo.
  void read(const std::function<void(Bytes)>& take);

 private:
  friend class SpoolReader;
  void write_out();
  void read_at(std::uint64_t offset, std::span<std::byte> out) const;

  std::filesystem::path place_;
  std::uint64_t size_ = 0;
  std::uint64_t written_ = 0;  // to the file; the rest is in memory
  std::vector<std::byte> memory_;
  std::optional<OutputFile> out_;
  std::optional<InputFile> in_;
};

/// The bytes of a spool in their order, as many at a time as are wanted. Nothing is appended
/// meanwhile.
class SpoolReader {
 public:
  explicit SpoolReader(Spool& spool);
  /// The next bytes, good until the next call. Requires: they are there.
  Bytes next(std::size_t bytes);

 private:
  Spool& spool_;
  std::uint64_t at_ = 0;  // read from the spool up to here
  std::vector<std::byte> memory_;
  std::size_t used_ = 0;  // of memory_
};

}  // namespace dsprep
