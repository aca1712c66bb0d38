#include "tools/ingest/kind.h"

#include <chrono>
#include <thread>

#include "formats/common/bytes.h"
#include "formats/common/file.h"

namespace dsprep {
namespace {

constexpr int kReadTries = 3;

}  // namespace

bool may_reject(ErrorCode code) noexcept {
  switch (code) {
    case ErrorCode::kEmptyFile:
    case ErrorCode::kTruncated:
    case ErrorCode::kCorrupt:
    case ErrorCode::kNotAnImage:
    case ErrorCode::kUnsupportedFormat:
    case ErrorCode::kTooLarge:
    case ErrorCode::kPermissionDenied:
    case ErrorCode::kBadRow:
    case ErrorCode::kBadEncoding:
    case ErrorCode::kSymlinkLoop:
      return true;
    default:
      return false;
  }
}

void check_unchanged(const InputFile& file, const Entry& entry) {
  if (file.size() == entry.bytes && file.stat_now() == file.stat()) return;
  throw Error(ErrorCode::kIo, "has changed since the build was planned",
              {.file = file.path().string()}, "run the command again when nobody writes to it");
}

void note_stat(Digest& stats, const FileStat& stat) {
  std::vector<std::byte> form;
  put_u64(form, stat.bytes);
  put(form, stat.mtime_ns);
  put_u64(form, stat.inode);
  stats.append(xxh3_128(form));
}

Bytes read_entry(const Plan& plan, const Entry& entry, Batch& batch) {
  for (int attempt = 1;; ++attempt) {
    try {
      const InputFile file(plan.path_of(entry));
      const std::span<std::byte> bytes = batch.arena.allocate(entry.bytes);
      (void)file.read_some(0, bytes);
      check_unchanged(file, entry);
      note_stat(batch.stats, file.stat());
      return bytes;
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kIo || attempt == kReadTries) {
        batch.stats.append(Hash128{});  // as stats_now() has it for a file that cannot be opened
        throw;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(100 * attempt));
    }
  }
}

Digest stats_now(const Plan& plan, const Slice& slice) {
  Digest stats;
  for (std::uint64_t i = 0; i < slice.entries; ++i) {
    try {
      note_stat(stats, InputFile(plan.path_of(plan.entries[slice.first_entry + i])).stat());
    } catch (const Error&) {
      stats.append(Hash128{});
    }
  }
  return stats;
}

}  // namespace dsprep
