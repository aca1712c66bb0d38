// Files: all reading, and every write that dsprep makes, goes through here, so that tests can make
// any of them fail.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "dsprep/checksum.h"

namespace dsprep {

/// Owns a file descriptor. Move-only.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) noexcept : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(other.release()) {}
  Descriptor& operator=(Descriptor&& other) noexcept;
  ~Descriptor();
  int get() const noexcept { return fd_; }
  int release() noexcept;
  explicit operator bool() const noexcept { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

/// What the build records of an input to see that it has not changed.
struct FileStat {
  std::uint64_t bytes = 0;
  std::int64_t mtime_ns = 0;
  std::uint64_t inode = 0;
  friend bool operator==(const FileStat&, const FileStat&) = default;
};

/// An open file for reading. Const members may be called by any number of threads.
class InputFile {
 public:
  /// Throws kNotFound, kPermissionDenied, kIo; only regular files are opened (a FIFO never blocks).
  explicit InputFile(const std::filesystem::path& path);

  const std::filesystem::path& path() const noexcept { return path_; }
  std::uint64_t size() const noexcept { return stat_.bytes; }
  const FileStat& stat() const noexcept { return stat_; }
  int descriptor() const noexcept { return fd_.get(); }
  /// Fills `out` from `offset`; throws kTruncated with the offset where the file ends earlier, kIo.
  void read_at(std::uint64_t offset, std::span<std::byte> out) const;
  /// As much of `out` as there is before the end of the file; returns the number of bytes.
  std::size_t read_some(std::uint64_t offset, std::span<std::byte> out) const;
  /// Size, time and inode as they are now: differs from stat() where somebody wrote to the file
  /// meanwhile.
  FileStat stat_now() const;

 private:
  std::filesystem::path path_;
  Descriptor fd_;
  FileStat stat_;
};

/// A new file for writing: appended to, with a running XXH3-128. One thread at a time.
class OutputFile {
 public:
  /// Throws kIo where the file exists or cannot be made.
  explicit OutputFile(const std::filesystem::path& path);
  /// Adopts a file that other code has written (LMDB) to append to it.
  static OutputFile adopt(const std::filesystem::path& path);

  const std::filesystem::path& path() const noexcept { return path_; }
  std::uint64_t size() const noexcept { return size_; }
  void append(Bytes bytes);
  void append_zeros(std::uint64_t count);
  /// Writes over bytes that were appended before (a header whose values are known at the end).
  void overwrite(std::uint64_t offset, Bytes bytes);
  /// Flushes and gives the hash of all bytes. After an overwrite or hash_later(), or in an adopted
  /// file, they are read once more for it.
  Hash128 hash();
  /// Keeps no running hash: where an overwrite will make it useless.
  void hash_later() noexcept { hasher_.reset(); }
  void flush();
  /// fsync: the bytes are on the disk when it returns.
  void sync();
  void close();

 private:
  explicit OutputFile(const std::filesystem::path& path, Descriptor fd, std::uint64_t size);
  void write_out(Bytes first, Bytes second);

  std::filesystem::path path_;
  Descriptor fd_;
  std::uint64_t size_ = 0;
  std::vector<std::byte> buffer_;
  std::optional<Hasher128> hasher_;  // empty once the stream is no longer what the file holds
};

/// The whole file into `out` (resized); throws as InputFile. `before` and after must agree, else
/// kIo "changed while it was read".
void read_whole(const InputFile& file, std::vector<std::byte>& out);
std::string read_text(const std::filesystem::path& path);
Hash128 hash_file(const std::filesystem::path& path);
/// The hash of the whole file as it stands, ready to go on with what is appended.
Hasher128 hasher_of(const std::filesystem::path& path);
/// The hash of the first `bytes` of a file, read once in pieces; `read` is told the size of
/// each. Throws as read_at().
Hasher128 hasher_of(const InputFile& file, std::uint64_t bytes,
                    const std::function<void(std::uint64_t)>& read = {});

/// Writes a small file under a temporary name, syncs it and renames it into place: all or nothing.
void write_whole(const std::filesystem::path& path, Bytes bytes);
/// A rename that replaces. ENOENT while `same` holds for the target counts as done (another task
/// was faster, or NFS told twice).
void rename_file(const std::filesystem::path& from, const std::filesystem::path& to,
                 const std::function<bool()>& same = {});
/// A second name for a file; a rename where the file system has no links. A file that bears `to` is replaced.
void link_file(const std::filesystem::path& from, const std::filesystem::path& to);
void remove_file(const std::filesystem::path& path) noexcept;
/// Removes a file or folder with all in it; does nothing where none stands.
void remove_tree(const std::filesystem::path& path);
void make_folders(const std::filesystem::path& path);
/// fsync of a file or folder by name.
void sync_path(const std::filesystem::path& path);
/// `path` with ".HOST-PID-COUNTER.tmp" behind: a name that no other writer chooses.
std::filesystem::path temporary_name(const std::filesystem::path& path);

/// Removes the temporary files in `folder` whose writers ran on this host and are gone: killed builds leave them.
void remove_stale_temporaries(const std::filesystem::path& folder) noexcept;

/// What a test may let fail: every call that changes the disk passes here first.
enum class FileOp : std::uint8_t { kCreate, kWrite, kSync, kRename, kRemove, kMakeFolder };
/// Called before each operation; returns 0 to let it through or an errno to fail with. Null: no
/// hook. For tests, and for DSPREP_FAULT in the program.
using FaultHook = int (*)(FileOp op, const char* path);
void set_fault_hook(FaultHook hook) noexcept;
/// For writers that do not write through this file (liblmdb): throws what the hook wants for
/// `path`. "`path`: `what`: reason".
void check_fault(FileOp op, const std::filesystem::path& path, const char* what);

/// Throws the Error that fits `error` (an errno) for `path`.
[[noreturn]] void throw_errno(int error, const std::string& what,
                              const std::filesystem::path& path);

}  // namespace dsprep
