// InputBytes: all bytes of an input, in memory or mapped.
#pragma once

#include <optional>
#include <vector>

#include "formats/common/file.h"
#include "tools/ingest/plan.h"

namespace dsprep {

/// Move-only. Files up to 8 MiB are read; larger ones are mapped, and drop() gives the pages back.
/// (Who cuts a mapped file short while it is read ends the process: the system has no other
/// answer.)
class InputBytes {
 public:
  /// A file, or a member of a plain tar. Throws as InputFile, and kIo where it is not as planned.
  InputBytes(const Plan& plan, const Entry& entry);
  /// Bytes that were unpacked from the archive that `stat` describes.
  InputBytes(std::vector<std::byte> bytes, const FileStat& stat);
  InputBytes(InputBytes&& other) noexcept;
  InputBytes& operator=(InputBytes&&) = delete;
  ~InputBytes();

  Bytes bytes() const noexcept { return bytes_; }
  const FileStat& stat() const noexcept { return stat_; }
  /// Mapped: forgets the pages that were read; they come back when they are needed.
  void drop() noexcept;
  /// Throws kIo where somebody has written to the file since it was opened.
  void check_unchanged() const;
  /// XXH3-128 of all bytes.
  Hash128 hash();

 private:
  void map(const Entry& entry);

  std::optional<InputFile> file_;
  FileStat stat_;
  std::vector<std::byte> owned_;
  void* mapped_ = nullptr;
  std::size_t mapped_bytes_ = 0;
  Bytes bytes_;
};

}  // namespace dsprep
