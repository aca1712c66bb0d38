// Shards that other software wrote: tar files (as WebDataset has them) and LMDB files without
// dsprep's footer. They carry no checksums: damage that their own structure does not show stays
// unseen.
#pragma once

#include <filesystem>
#include <memory>
#include <string_view>

#include "dsprep/shard.h"
#include "formats/common/file.h"

namespace dsprep {

/// A reader for a file without dsprep's footer, told by its first bytes, or for a folder with
/// LMDB's data.mdb. Throws kCorrupt where it is neither tar nor LMDB, and where it is a shard of
/// dsprep whose footer is gone; kTruncated.
std::unique_ptr<ShardReader> open_foreign(const std::filesystem::path& file);

/// Samples are what the webdataset package would group; kCorrupt where a sample's members do not
/// stand together, of which the package makes two. Reads every member's head once.
std::unique_ptr<ShardReader> open_foreign_tar(InputFile file);
/// One field, "value"; keys and values as they stand. liblmdb reads, which trusts the file: a
/// damaged one may end the process, so only the sizes are checked before. Nobody may write to the
/// file meanwhile.
std::unique_ptr<ShardReader> open_foreign_lmdb(const InputFile& file);

/// What webdataset's names of extensions say of a value: "cls", "txt", "json", "jpg" and the like.
Encoding encoding_of_extension(std::string_view extension) noexcept;

/// What both have in common. Const members may be called by any number of threads, each with its
/// own buffer.
class ForeignReader : public ShardReader {
 public:
  const ShardHeader& header() const noexcept final { return header_; }
  bool foreign() const noexcept final { return true; }
  std::optional<Digest> digest() const final { return std::nullopt; }
  Record read(std::uint64_t position, ReadBuffer& buffer) const final;
  FieldValue read_field(std::uint64_t position, std::size_t field, ReadBuffer& buffer) const final;
  Hash128 source(std::uint64_t) const final { return {}; }
  std::vector<Extent> extents(std::uint64_t position) const final;
  /// From the index alone.
  Shape shape(std::uint64_t position, std::size_t field) const final;
  void read_into(std::uint64_t position, std::size_t field, std::span<std::byte> out) const final;

 protected:
  ForeignReader(std::filesystem::path path, Container container);

  /// The bytes of the value as they stand in the file, which is also what `extents` says; empty
  /// where the sample lacks it.
  struct Place {
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
  };
  virtual Place place(std::uint64_t position, std::size_t field) const = 0;
  virtual void load(const Place& place, std::span<std::byte> out) const = 0;

  void check_position(std::uint64_t position) const;
  void check(std::uint64_t position, std::size_t field) const;

  std::filesystem::path path_;
  ShardHeader header_;  // the schema is filled in by the class that derives

 private:
  FieldValue value_at(std::uint64_t position, std::size_t field, const Place& place,
                      std::span<std::byte> out) const;
};

}  // namespace dsprep
