// Mapping: a file's bytes in memory, read-only. Move-only; any number of threads. A read error of
// the disk, or a file that somebody cuts while it is mapped, ends the process with SIGBUS: so only
// small values are read this way, and only on local file systems, unless the caller wants it.
#pragma once

#include <utility>

#include "formats/common/file.h"

namespace dsprep {

class Mapping {
 public:
  Mapping() = default;
  /// Empty where the system refuses: the caller then reads.
  explicit Mapping(const InputFile& file) noexcept;
  Mapping(Mapping&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}
  Mapping& operator=(Mapping&&) = delete;
  ~Mapping();
  Bytes bytes() const noexcept { return bytes_; }
  /// True where a copy of these bytes waits for no disk: all their pages are in memory now. False
  /// above 4 MiB. Requires: inside of bytes().
  bool resident(std::uint64_t offset, std::uint64_t bytes) const noexcept;

 private:
  Bytes bytes_;
};

/// False for network and user-space file systems.
bool is_local(const InputFile& file) noexcept;

}  // namespace dsprep
