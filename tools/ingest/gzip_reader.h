// GzipReader: what a gzip file unpacks to, with its checksums compared. (libarchive unpacks gzip
// without looking at them.)
#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <vector>

#include "formats/common/file.h"

namespace dsprep {

/// True for files that begin as gzip does.
bool is_gzip(const InputFile& file);

/// One thread. Several gzip members one after another are one stream; zeros behind the last are
/// passed over.
class GzipReader {
 public:
  explicit GzipReader(const std::filesystem::path& path);
  ~GzipReader();
  GzipReader(const GzipReader&) = delete;
  GzipReader& operator=(const GzipReader&) = delete;

  /// The next bytes, in memory that is valid until the next call; empty at the end. Throws
  /// kTruncated and kCorrupt with the offset.
  Bytes read();

 private:
  struct Inflater;
  bool fill();
  bool begin_member();

  InputFile file_;
  std::uint64_t offset_ = 0;  // of what is read next
  std::vector<std::byte> packed_, unpacked_;
  std::unique_ptr<Inflater> inflater_;
  bool inside_ = false;  // a member has begun and not ended
};

}  // namespace dsprep
