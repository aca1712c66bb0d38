// ArchiveStream: the members of a tar or zip archive one after another, unpacked on the way
// (libarchive), never to disk.
#pragma once

#include <cstdint>
#include <exception>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include "dsprep/checksum.h"
#include "tools/ingest/gzip_reader.h"

struct archive;

namespace dsprep {

/// A regular file in an archive.
struct ArchiveMember {
  std::string name;  ///< bytes as they are stored
  /// Where it begins: in a plain tar the offset of its bytes, in a stream its number.
  std::uint64_t position = 0;
  std::uint64_t bytes = 0;
};

/// One thread at a time. Reads tar (plain or packed by gzip, bzip2, xz, lzma, zstd, lz4, compress)
/// and zip. Memory: the unpacker's, whatever the archive holds. The process's locale is not
/// changed.
class ArchiveStream {
 public:
  /// Throws kNotFound, kPermissionDenied, kEmptyFile, kCorrupt.
  explicit ArchiveStream(const std::filesystem::path& path);
  ~ArchiveStream();
  ArchiveStream(const ArchiveStream&) = delete;
  ArchiveStream& operator=(const ArchiveStream&) = delete;

  /// The next regular file; false at the end. Throws kTruncated, kCorrupt; kTooLarge where the
  /// archive unpacks to far more than any pictures would; kUnsupportedFormat for what is encrypted
  /// or has no stated size.
  bool next(ArchiveMember& member);
  /// The bytes of the member that next() gave last; `out` has its size. Throws kTruncated and
  /// kCorrupt (a wrong CRC); the stream can go on with the next member after it.
  void read(std::span<std::byte> out);
  /// Goes forward to the member with this position. Throws kIo where the archive has changed.
  void seek(const ArchiveMember& member);

 private:
  [[noreturn]] void fail(const char* what) const;
  static long read_gzip(::archive* handle, void* self, const void** bytes);
  void check_unpacked(std::uint64_t more);

  struct Close {
    void operator()(::archive* handle) const noexcept;
  };
  std::filesystem::path path_;
  std::unique_ptr<GzipReader> gzip_;  // where it is one
  std::exception_ptr gzip_error_;
  std::unique_ptr<::archive, Close> handle_;
  std::uint64_t file_bytes_ = 0;
  std::uint64_t unpacked_ = 0;
  std::uint64_t headers_ = 0;  // read so far
};

}  // namespace dsprep
