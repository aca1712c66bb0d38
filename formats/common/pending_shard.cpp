#include "formats/common/pending_shard.h"

#include <utility>

#include "formats/common/file.h"

namespace dsprep {
namespace fs = std::filesystem;
namespace {

// True where `path` holds these bytes already: a rename that the file system did, though it
// answered "no such file".
bool holds(const fs::path& path, const ShardFile& file) {
  std::error_code error;
  return fs::file_size(path, error) == file.bytes && !error && hash_file(path) == file.hash;
}

class TemporaryShard final : public PendingShard {
 public:
  TemporaryShard(TemporaryFiles files, ShardSummary summary)
      : files_(std::move(files)), summary_(std::move(summary)) {}

  const ShardSummary& summary() const noexcept override { return summary_; }
  void publish() override { files_.publish(summary_.files); }

 private:
  TemporaryFiles files_;
  ShardSummary summary_;
};

}  // namespace

TemporaryFiles::~TemporaryFiles() {
  for (const Entry& entry : entries_) remove_file(entry.temporary);
}

const fs::path& TemporaryFiles::add(const std::string& suffix) {
  fs::path name = stem_;
  name += suffix;
  fs::path temporary = temporary_name(name);
  return entries_.emplace_back(Entry{std::move(temporary), std::move(name)}).temporary;
}

void TemporaryFiles::publish(const std::vector<ShardFile>& files) {
  // All bytes are on the disk before the first name appears.
  for (const Entry& entry : entries_) sync_path(entry.temporary);
  for (const ShardFile& file : files) {
    const Entry& entry = entries_.front();
    rename_file(entry.temporary, entry.name, [&] { return holds(entry.name, file); });
    entries_.erase(entries_.begin());
  }
  sync_path(stem_.parent_path());
}

std::unique_ptr<PendingShard> make_pending_shard(TemporaryFiles files, ShardSummary summary) {
  return std::make_unique<TemporaryShard>(std::move(files), std::move(summary));
}

}  // namespace dsprep
