#include "tools/ingest/mapped_input.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "dsprep/error.h"
#include "tools/ingest/kind.h"

namespace dsprep {
namespace {

constexpr std::uint64_t kMostRead = 8 << 20;
constexpr std::size_t kHashBytes = 4 << 20;

}  // namespace

InputBytes::InputBytes(const Plan& plan, const Entry& entry)
    : file_(std::in_place, plan.file_of(entry)), stat_(file_->stat()) {
  if (entry.archive == kNoArchive) {
    dsprep::check_unchanged(*file_, entry);
  } else {
    dsprep::check_unchanged(*file_, plan.archives[entry.archive]);
  }
  if (entry.bytes > kMostRead) {
    map(entry);
    return;
  }
  owned_.resize(entry.bytes);
  file_->read_at(entry.position, owned_);
  bytes_ = owned_;
}

void InputBytes::map(const Entry& entry) {
  const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  const std::uint64_t start = entry.position / page * page;
  mapped_bytes_ = entry.position - start + entry.bytes;
  void* address = ::mmap(nullptr, mapped_bytes_, PROT_READ, MAP_PRIVATE, file_->descriptor(),
                         static_cast<off_t>(start));
  if (address == MAP_FAILED) throw_errno(errno, "cannot be mapped", file_->path());
  mapped_ = address;
  guard_ = std::make_unique<MappingGuard>(mapped_, mapped_bytes_);
  ::madvise(mapped_, mapped_bytes_, MADV_SEQUENTIAL);
  bytes_ = Bytes(static_cast<const std::byte*>(mapped_) + (entry.position - start), entry.bytes);
}

InputBytes::InputBytes(std::vector<std::byte> bytes, const FileStat& stat)
    : stat_(stat), owned_(std::move(bytes)), bytes_(owned_) {}

InputBytes::InputBytes(InputBytes&& other) noexcept
    : file_(std::move(other.file_)),
      stat_(other.stat_),
      owned_(std::move(other.owned_)),
      mapped_(std::exchange(other.mapped_, nullptr)),
      mapped_bytes_(other.mapped_bytes_),
      guard_(std::move(other.guard_)),
      bytes_(other.bytes_) {}

InputBytes::~InputBytes() {
  guard_.reset();  // before another mapping can take its place
  if (mapped_ != nullptr) ::munmap(mapped_, mapped_bytes_);
}

void InputBytes::drop() noexcept {
  if (mapped_ != nullptr) ::madvise(mapped_, mapped_bytes_, MADV_DONTNEED);
}

void InputBytes::check_unchanged() const {
  if (guard_ && guard_->hit() && file_->stat_now() == file_->stat())
    throw Error(ErrorCode::kIo, "a part of it cannot be read", {.file = file_->path().string()},
                "look at the disk");
  if (!file_ || file_->stat_now() == file_->stat()) return;
  throw Error(ErrorCode::kIo, "has changed since the build was planned",
              {.file = file_->path().string()}, "run the command again when nobody writes to it");
}

Hash128 InputBytes::hash() {
  Hasher128 hasher;
  for (std::size_t at = 0; at < bytes_.size(); at += kHashBytes) {
    hasher.update(bytes_.subspan(at, std::min(kHashBytes, bytes_.size() - at)));
    drop();
  }
  return hasher.value();
}

}  // namespace dsprep
