#include "formats/common/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "dsprep/error.h"

namespace dsprep {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kBufferBytes = 256 << 10;
constexpr std::size_t kWorthWriting = 64 << 10;  // as much is written at once instead of copied
constexpr std::size_t kReadChunk = 128 << 10;  // hashed while the processor still has it

std::atomic<FaultHook> g_fault_hook{nullptr};  // set by tests only

FileStat stat_of(int fd, const fs::path& path, bool must_be_regular) {
  struct stat info {};
  if (::fstat(fd, &info) != 0) throw_errno(errno, "cannot be looked at", path);
  if (must_be_regular && !S_ISREG(info.st_mode)) {
    throw Error(ErrorCode::kIo, "is not a regular file", {.file = path.string()});
  }
  return {static_cast<std::uint64_t>(info.st_size),
          static_cast<std::int64_t>(info.st_mtim.tv_sec) * 1'000'000'000 + info.st_mtim.tv_nsec,
          static_cast<std::uint64_t>(info.st_ino)};
}

int open_retrying(const fs::path& path, int flags, mode_t mode = 0) {
  int fd = -1;
  do {
    fd = ::open(path.c_str(), flags | O_CLOEXEC, mode);
  } while (fd < 0 && errno == EINTR);
  return fd;
}

}  // namespace

void set_fault_hook(FaultHook hook) noexcept { g_fault_hook.store(hook); }

void check_fault(FileOp op, const fs::path& path, const char* what) {
  if (const FaultHook hook = g_fault_hook.load(std::memory_order_relaxed)) {
    if (const int error = hook(op, path.c_str())) throw_errno(error, what, path);
  }
}

void throw_errno(int error, const std::string& what, const fs::path& path) {
  const ErrorCode code = error == ENOENT || error == ENOTDIR ? ErrorCode::kNotFound
                         : error == EACCES || error == EPERM ? ErrorCode::kPermissionDenied
                                                             : ErrorCode::kIo;
  std::string remedy;
  if (error == ENOSPC || error == EDQUOT)
    remedy = "free some space and run the command again; it goes on where it stopped";
  throw Error(code, what + ": " + std::strerror(error), {.file = path.string()}, remedy);
}

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  if (this != &other) {
    if (fd_ >= 0) ::close(fd_);
    fd_ = other.release();
  }
  return *this;
}

Descriptor::~Descriptor() {
  if (fd_ >= 0) ::close(fd_);
}

int Descriptor::release() noexcept { return std::exchange(fd_, -1); }

InputFile::InputFile(const fs::path& path) : path_(path) {
  fd_ = Descriptor(open_retrying(path, O_RDONLY | O_NONBLOCK));
  if (!fd_) throw_errno(errno, "cannot be opened", path);
  stat_ = stat_of(fd_.get(), path, true);
}

FileStat InputFile::stat_now() const { return stat_of(fd_.get(), path_, true); }

std::size_t InputFile::read_some(std::uint64_t offset, std::span<std::byte> out) const {
  std::size_t done = 0;
  while (done < out.size()) {
    const ssize_t got =
        ::pread(fd_.get(), out.data() + done, out.size() - done, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw_errno(errno, "cannot be read", path_);
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  return done;
}

void InputFile::read_at(std::uint64_t offset, std::span<std::byte> out) const {
  const std::size_t got = read_some(offset, out);
  if (got != out.size()) {
    throw Error(ErrorCode::kTruncated,
                "ends " + std::to_string(out.size() - got) + " bytes too early",
                {.file = path_.string(), .offset = offset + got});
  }
}

OutputFile::OutputFile(const fs::path& path, Descriptor fd, std::uint64_t size)
    : path_(path), fd_(std::move(fd)), size_(size) {
  buffer_.reserve(kBufferBytes);
}

OutputFile::OutputFile(const fs::path& path) : OutputFile(path, Descriptor(), 0) {
  check_fault(FileOp::kCreate, path, "cannot be made");
  fd_ = Descriptor(open_retrying(path, O_RDWR | O_CREAT | O_EXCL, 0644));
  if (!fd_) throw_errno(errno, "cannot be made", path);
  hasher_.emplace();
}

OutputFile OutputFile::adopt(const fs::path& path) {
  Descriptor fd(open_retrying(path, O_RDWR));
  if (!fd) throw_errno(errno, "cannot be opened", path);
  const std::uint64_t size = stat_of(fd.get(), path, true).bytes;
  return OutputFile(path, std::move(fd), size);
}

void OutputFile::append(Bytes bytes) {
  if (bytes.size() < kWorthWriting && buffer_.size() + bytes.size() <= kBufferBytes) {
    buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
  } else {
    write_out(buffer_, bytes);
    buffer_.clear();
  }
  size_ += bytes.size();
}

void OutputFile::append_zeros(std::uint64_t count) {
  static constexpr std::array<std::byte, 4096> kZeros{};
  while (count > 0) {
    const std::uint64_t now = std::min<std::uint64_t>(count, kZeros.size());
    append(Bytes(kZeros).first(now));
    count -= now;
  }
}

void OutputFile::flush() {
  if (buffer_.empty()) return;
  write_out(buffer_, {});
  buffer_.clear();
}

// Appends both pieces at the end of what is on disk (size_ counts the buffer already, so lseek
// tells the place).
void OutputFile::write_out(Bytes first, Bytes second) {
  check_fault(FileOp::kWrite, path_, "cannot be written");
  if (hasher_) {
    hasher_->update(first);
    hasher_->update(second);
  }
  std::uint64_t offset = size_ - first.size();
  while (!first.empty() || !second.empty()) {
    const std::array<iovec, 2> parts = {
        iovec{const_cast<std::byte*>(first.data()), first.size()},
        iovec{const_cast<std::byte*>(second.data()), second.size()}};
    const ssize_t put = ::pwritev(fd_.get(), parts.data(), 2, static_cast<off_t>(offset));
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) throw_errno(errno, "cannot be written", path_);
    offset += static_cast<std::uint64_t>(put);
    const std::size_t of_first = std::min(static_cast<std::size_t>(put), first.size());
    first = first.subspan(of_first);
    second = second.subspan(static_cast<std::size_t>(put) - of_first);
  }
}

void OutputFile::overwrite(std::uint64_t offset, Bytes bytes) {
  flush();
  check_fault(FileOp::kWrite, path_, "cannot be written");
  hasher_.reset();
  while (!bytes.empty()) {
    const ssize_t put = ::pwrite(fd_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) throw_errno(errno, "cannot be written", path_);
    bytes = bytes.subspan(static_cast<std::size_t>(put));
    offset += static_cast<std::uint64_t>(put);
  }
}

Hash128 OutputFile::hash() {
  flush();
  return hasher_ ? hasher_->value() : hash_file(path_);
}

void OutputFile::sync() {
  flush();
  check_fault(FileOp::kSync, path_, "cannot be synced");
  if (::fsync(fd_.get()) != 0) throw_errno(errno, "cannot be synced", path_);
}

void OutputFile::close() {
  flush();
  const int fd = fd_.release();
  if (fd >= 0 && ::close(fd) != 0) throw_errno(errno, "cannot be closed", path_);
}

void read_whole(const InputFile& file, std::vector<std::byte>& out) {
  out.resize(file.size());
  file.read_at(0, out);
  if (!(file.stat_now() == file.stat())) {
    throw Error(ErrorCode::kIo, "changed while it was read", {.file = file.path().string()},
                "run the command again when nobody writes to it");
  }
}

std::string read_text(const fs::path& path) {
  const InputFile file(path);
  std::string text(file.size(), '\0');
  file.read_at(0, std::as_writable_bytes(std::span(text)));
  return text;
}

Hasher128 hasher_of(const InputFile& file, std::uint64_t bytes,
                    const std::function<void(std::uint64_t)>& read) {
  Hasher128 hasher;
  std::vector<std::byte> chunk(std::min<std::uint64_t>(bytes, kReadChunk));
  for (std::uint64_t offset = 0; offset < bytes;) {
    const std::span<std::byte> part =
        std::span(chunk).first(std::min<std::uint64_t>(bytes - offset, chunk.size()));
    file.read_at(offset, part);
    hasher.update(part);
    offset += part.size();
    if (read) read(part.size());
  }
  return hasher;
}

Hasher128 hasher_of(const fs::path& path) {
  const InputFile file(path);
  return hasher_of(file, file.size());
}

Hash128 hash_file(const fs::path& path) { return hasher_of(path).value(); }

void write_whole(const fs::path& path, Bytes bytes) {
  const fs::path temporary = temporary_name(path);
  try {
    OutputFile file(temporary);
    file.append(bytes);
    file.sync();
    file.close();
    rename_file(temporary, path);
  } catch (...) {
    remove_file(temporary);
    throw;
  }
  sync_path(path.parent_path());
}

void rename_file(const fs::path& from, const fs::path& to, const std::function<bool()>& same) {
  check_fault(FileOp::kRename, from, "cannot be renamed");
  if (::rename(from.c_str(), to.c_str()) == 0) return;
  const int error = errno;
  if (error == ENOENT && same && same()) return;
  throw_errno(error, "cannot be renamed to " + to.string(), from);
}

void link_file(const fs::path& from, const fs::path& to) {
  check_fault(FileOp::kRename, from, "cannot be linked");
  remove_file(to);
  if (::link(from.c_str(), to.c_str()) == 0) return;
  if (errno == EPERM || errno == ENOTSUP || errno == EMLINK || errno == ENOSYS) return rename_file(from, to);
  throw_errno(errno, "cannot be linked to " + to.string(), from);
}

void remove_file(const fs::path& path) noexcept { ::unlink(path.c_str()); }

void remove_tree(const fs::path& path) {
  check_fault(FileOp::kRemove, path, "cannot be removed");
  std::error_code error;
  fs::remove_all(path, error);
  if (error) throw_errno(error.value(), "cannot be removed", path);
}

void make_folders(const fs::path& path) {
  check_fault(FileOp::kMakeFolder, path, "cannot be made");
  std::error_code error;
  fs::create_directories(path, error);
  if (error) throw_errno(error.value(), "cannot be made", path);
}

void sync_path(const fs::path& path) {
  const fs::path target = path.empty() ? fs::path(".") : path;
  check_fault(FileOp::kSync, target, "cannot be synced");
  const Descriptor fd(open_retrying(target, O_RDONLY));
  if (!fd) throw_errno(errno, "cannot be opened", target);
  if (::fsync(fd.get()) != 0 && errno != EINVAL) throw_errno(errno, "cannot be synced", target);
}

namespace {

std::string host_name() {
  std::array<char, 256> host{};
  if (::gethostname(host.data(), host.size() - 1) != 0) return "host";
  return host.data();
}

}  // namespace

fs::path temporary_name(const fs::path& path) {
  static std::atomic<std::uint64_t> counter{0};
  fs::path name = path;
  name += "." + host_name() + "-" + std::to_string(::getpid()) + "-" + std::to_string(counter++) + ".tmp";
  return name;
}

void remove_stale_temporaries(const fs::path& folder) noexcept {
  const std::string mark = "." + host_name() + "-";
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, error)) {
    const std::string name = entry.path().filename().string();
    const std::size_t at = name.rfind(mark);
    if (!name.ends_with(".tmp") || at == name.npos) continue;
    const long pid = std::strtol(name.c_str() + at + mark.size(), nullptr, 10);
    if (pid > 0 && ::kill(static_cast<pid_t>(pid), 0) != 0 && errno == ESRCH) remove_file(entry.path());
  }
}

}  // namespace dsprep
