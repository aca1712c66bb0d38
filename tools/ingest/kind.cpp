#include "tools/ingest/kind.h"

#include <algorithm>
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

void reject_or_throw(const Error& error, const Plan& plan, const Entry& entry, bool skip,
                     Batch& batch) {
  if (!may_reject(error.code())) throw error;
  if (!skip) throw Error(error.code(), error.message(), {.file = plan.path_of(entry)}, kSkipRemedy);
  batch.rejects.push_back({.path = entry.key, .code = error.code(), .reason = error.message()});
}

Field label_field() {
  return {.name = "label", .dtype = DType::kInt64, .shape = {}, .encoding = Encoding::kClass};
}

bool has_entry_labels(const Plan& plan) {
  return std::ranges::any_of(plan.entries,
                             [](const Entry& entry) { return entry.label != kNoLabel; });
}

namespace {

void check_size(const InputFile& file, std::uint64_t planned) {
  if (file.size() == planned && file.stat_now() == file.stat()) return;
  throw Error(ErrorCode::kIo, "has changed since the build was planned",
              {.file = file.path().string()}, "run the command again when nobody writes to it");
}

}  // namespace

void check_unchanged(const InputFile& file, const Entry& entry) { check_size(file, entry.bytes); }
void check_unchanged(const InputFile& file, const ArchiveInput& archive) {
  check_size(file, archive.bytes);
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
      const InputFile file(plan.file_of(entry));
      const std::span<std::byte> bytes = batch.arena.allocate(entry.bytes);
      if (entry.archive == kNoArchive) {
        (void)file.read_some(0, bytes);
        check_unchanged(file, entry);
      } else {
        check_unchanged(file, plan.archives[entry.archive]);
        file.read_at(entry.position, bytes);
        check_unchanged(file, plan.archives[entry.archive]);
      }
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

PieceInputs::PieceInputs(const Plan& plan, const Piece& piece, Batch& batch)
    : plan_(plan), piece_(piece), batch_(batch) {
  const Entry& first = plan.entries[piece.first_entry];
  if (plan.streamed(first)) read_stream(static_cast<StreamSource&>(*piece.source));
}

void PieceInputs::read_stream(StreamSource& source) {
  const Turns::Hold turn(source, piece_.turn);
  const ArchiveInput& archive = plan_.archives[plan_.entries[piece_.first_entry].archive];
  const std::string path = plan_.path_of(archive);
  const InputFile file(path);
  check_unchanged(file, archive);
  if (!source.stream) source.stream = std::make_unique<ArchiveStream>(path);
  for (std::uint64_t i = 0; i < piece_.entries; ++i) {
    const Entry& entry = plan_.entries[piece_.first_entry + i];
    note_stat(batch_.stats, file.stat());
    const std::span<std::byte> bytes = batch_.arena.allocate(entry.bytes);
    source.stream->seek({.name = {}, .position = entry.position, .bytes = entry.bytes});
    Input& input = inputs_.emplace_back(Input{bytes, nullptr});
    try {
      source.stream->read(bytes);
    } catch (const Error&) {
      input.error = std::current_exception();  // of this member alone
    }
  }
  check_unchanged(file, archive);
}

Bytes PieceInputs::read(std::uint64_t index) {
  if (inputs_.empty()) return read_entry(plan_, plan_.entries[piece_.first_entry + index], batch_);
  const Input& input = inputs_[index];
  if (input.error) std::rethrow_exception(input.error);
  return input.bytes;
}

Digest stats_now(const Plan& plan, const Slice& slice) {
  Digest stats;
  for (std::uint64_t i = 0; i < slice.entries; ++i) {
    try {
      note_stat(stats, InputFile(plan.file_of(plan.entries[slice.first_entry + i])).stat());
    } catch (const Error&) {
      stats.append(Hash128{});
    }
  }
  return stats;
}

}  // namespace dsprep
