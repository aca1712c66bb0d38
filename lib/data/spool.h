// Spooling: what can only be read in order, as a file that can be read at random.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "formats/common/file.h"

namespace dsprep {

/// A file that goes when this goes. Move-only.
class SpoolFile {
 public:
  SpoolFile();
  SpoolFile(SpoolFile&& other) noexcept : path_(std::move(other.path_)) { other.path_.clear(); }
  SpoolFile& operator=(SpoolFile&&) = delete;
  ~SpoolFile();
  const std::filesystem::path& path() const noexcept { return path_; }

 private:
  std::filesystem::path path_;
};

/// True where the first bytes are gzip's, zstd's, xz's or bzip2's.
bool is_compressed(const InputFile& file);
/// The decompressed bytes of a file. Throws kCorrupt, kTruncated, kIo.
SpoolFile spool_file(const std::filesystem::path& path);
/// The output of a shell command, decompressed where it is compressed. Throws kIo where the command
/// does not end with 0.
SpoolFile spool_command(const std::string& command);
/// Decompresses a gzip member in memory. Throws kCorrupt; kTooLarge above `limit` bytes.
void gunzip(Bytes bytes, std::uint64_t limit, std::vector<std::byte>& out);

}  // namespace dsprep
