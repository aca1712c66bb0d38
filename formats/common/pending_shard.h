// The files of a shard while they are under temporary names. What is not published is removed.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "dsprep/shard.h"

namespace dsprep {

/// Temporary names for the files of the shard `stem`, and the duty to remove them. Move-only; one
/// thread at a time.
class TemporaryFiles {
 public:
  explicit TemporaryFiles(std::filesystem::path stem) : stem_(std::move(stem)) {}
  TemporaryFiles(TemporaryFiles&& other) noexcept = default;
  TemporaryFiles& operator=(TemporaryFiles&&) = delete;
  ~TemporaryFiles();

  /// A new temporary name for the file with this suffix; the caller makes the file. Add them in the
  /// order of shard_suffixes(): they are renamed in this order.
  const std::filesystem::path& add(const std::string& suffix);
  /// Syncs the files, renames each to stem + suffix, and syncs the folder. Requires: files written
  /// and closed. `files` says what they hold, in the order of add(). Throws kIo.
  void publish(const std::vector<ShardFile>& files);

 private:
  struct Entry {
    std::filesystem::path temporary;
    std::filesystem::path name;
  };
  std::filesystem::path stem_;
  std::vector<Entry> entries_;  // emptied from the front as they get their names
};

/// What ShardWriter::finish() gives. Requires: one entry of summary.files for each file of `files`,
/// in its order.
std::unique_ptr<PendingShard> make_pending_shard(TemporaryFiles files, ShardSummary summary);

}  // namespace dsprep
