#include "tools/ingest/input_opener.h"

#include "tools/ingest/kind.h"

namespace dsprep {

InputBytes InputOpener::open(const Entry& entry) {
  if (!plan_->streamed(entry)) return {*plan_, entry};
  const ArchiveInput& archive = plan_->archives[entry.archive];
  if (!stream_ || archive_ != entry.archive || entry.position < position_) {
    stream_ = std::make_shared<ArchiveStream>(plan_->path_of(archive));
    archive_ = entry.archive;
  }
  position_ = entry.position;
  const InputFile file(plan_->path_of(archive));
  check_unchanged(file, archive);
  stream_->seek({.name = {}, .position = entry.position, .bytes = entry.bytes});
  std::vector<std::byte> bytes(entry.bytes);
  stream_->read(bytes);
  return {std::move(bytes), file.stat()};
}

}  // namespace dsprep
