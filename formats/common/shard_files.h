// ShardFiles: the files of a shard that has a footer, opened when they are first needed and
// compared with what it says.
#pragma once

#include <deque>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "formats/common/footer.h"
#include "formats/common/lazy.h"
#include "formats/common/mapping.h"
#include "formats/common/warm_meter.h"

namespace dsprep {

/// Const members may be called by any number of threads.
class ShardFiles {
 public:
  /// Opens the file that carries the footer. Throws kNotFound, kCorrupt, kVersion; kUsage where a
  /// memmap shard is not opened by its .key.npy.
  explicit ShardFiles(const std::filesystem::path& path, Io io = Io::kAuto);

  const Footer& footer() const noexcept { return footer_; }
  const FooterHeader& header() const noexcept { return footer_.header(); }
  const Schema& schema() const noexcept { return header().shard.schema; }
  std::uint64_t samples() const noexcept { return footer_.samples(); }
  const std::string& shard_name() const noexcept { return name_; }
  std::size_t size() const noexcept { return opened_.size(); }

  /// The file with this index in the footer. Throws kNotFound where it is missing, kCorrupt where
  /// its size is another one.
  const InputFile& file(std::size_t index) const;
  const InputFile& footer_file() const noexcept { return footer_file_; }
  /// The whole file where values of this size are read through a mapping, else nothing.
  Bytes mapped(std::size_t index, std::uint64_t value_bytes) const;
  /// Bytes of the largest value that is read through a mapping; 0: none is.
  std::uint64_t most_mapped() const noexcept;
  /// Fills `out` from a file, as Io says; with kAuto large values come from the mapping where all
  /// their pages are in memory: a copy in user space costs less than one by the kernel.
  void load(std::size_t index, std::uint64_t offset, std::span<std::byte> out) const;
  /// A hint: these bytes are wanted soon. From a mapping the processor fetches them, else the disk,
  /// unless what was read last came from memory anyway.
  void will_read(std::size_t index, std::uint64_t offset, std::uint64_t bytes) const;
  std::filesystem::path path(std::size_t index) const;
  /// Bytes of the file before the footer.
  std::uint64_t body_bytes(std::size_t index) const noexcept { return header().files[index].bytes; }

  /// A section of `count` numbers, read and checked.
  template <class T>
  std::vector<T> section(const std::string& name, std::uint64_t count) const {
    return footer_.section<T>(footer_file_, name, count);
  }
  /// kCorrupt at a place in one of the files.
  [[noreturn]] void corrupt(std::size_t index, std::uint64_t offset, const std::string& what) const;
  /// kCorrupt in what the footer says.
  [[noreturn]] void corrupt(const std::string& what) const;

 private:
  InputFile footer_file_;
  Footer footer_;
  std::filesystem::path stem_;
  std::string name_;
  Io io_;
  std::deque<Lazy<Mapping>> mappings_;  // by index
  std::deque<Lazy<InputFile>> opened_;  // by index; the last one stays empty, it is footer_file_
  mutable WarmMeter warm_;
};

/// The same error at `where`. A file that ends too early is a truncated input to those who read
/// inputs; in a shard, whose sizes are known, it is corrupt.
Error shard_error(const Error& error, Where where);

}  // namespace dsprep
