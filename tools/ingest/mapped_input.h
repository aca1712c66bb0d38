// InputBytes: all bytes of an input, in memory or mapped.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "formats/common/file.h"
#include "tools/ingest/mapping_guard.h"
#include "tools/ingest/plan.h"

namespace dsprep {

/// Move-only. Files up to 8 MiB are read; larger ones are mapped, and drop() gives the pages back.
/// A mapped file that is cut short meanwhile reads as zeros from there on, and check_unchanged()
/// throws.
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
  /// Throws kIo where somebody has written to the file since it was opened, or a page of it could
  /// not be read: then bytes() were not what the file held.
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
  std::unique_ptr<MappingGuard> guard_;
  Bytes bytes_;
};

}  // namespace dsprep
