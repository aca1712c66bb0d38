// Shards: files of samples in one of three containers, written once and read at random. See formats/SPEC.md.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dsprep/digest.h"
#include "dsprep/error.h"
#include "dsprep/record.h"

namespace dsprep {

enum class Container : std::uint8_t { kMemmap, kLmdb, kWds };

std::string_view container_name(Container container) noexcept;  ///< "memmap", "lmdb", "wds"
std::optional<Container> container_from_name(std::string_view name) noexcept;

/// What a shard says of itself, in its own bytes.
struct ShardHeader {
  Container container = Container::kMemmap;
  Schema schema;
  std::string split;        ///< "train"
  std::uint32_t part = 0;   ///< which part of the plan it is: its place among the shards of its split
  std::string plan;         ///< id of the build's plan: shards with different ids never belong to one dataset
  std::string options;      ///< canonical JSON of what it was made with
};

/// A finished file of a shard. `suffix` is what follows the shard's stem: ".tar", ".lmdb", ".key.npy", ".image.offsets.npy".
struct ShardFile {
  std::string suffix;
  std::uint64_t bytes = 0;
  Hash128 hash;  ///< XXH3-128 of the whole file, as xxh128sum prints it
  friend bool operator==(const ShardFile&, const ShardFile&) = default;
};

struct ShardSummary {
  Digest digest;                 ///< of its samples; digest.count() is their number
  std::vector<ShardFile> files;  ///< in the order of `shard_suffixes`
};

/// The files of a shard of this container and schema. The one that carries the footer comes last.
std::vector<std::string> shard_suffixes(Container container, const Schema& schema);

/// A shard that is written but not yet under its name. Move-only; destroyed unpublished it removes its files.
class PendingShard {
 public:
  virtual ~PendingShard() = default;
  virtual const ShardSummary& summary() const noexcept = 0;
  /// Syncs every file, renames it to its name (the footer's file last) and syncs the folder. Throws kIo.
  /// May run on another thread than the one that wrote. A file that bears the name already is replaced.
  virtual void publish() = 0;
};

/// Writes one shard. One thread at a time. Without finish() and publish() no file bears the shard's name.
class ShardWriter {
 public:
  virtual ~ShardWriter() = default;
  /// Requires: fields as in the schema, in its order. Throws kUsage (they are not), kIo. Views are needed only for the call.
  virtual void append(const Record& record) = 0;
  /// Bytes of the next sample's value of `field` (ragged, of rank 1), whole elements, for a value that is not in memory as a
  /// whole; append() brings the last ones, with their own shape. A memmap shard writes them at once; the others, whose values
  /// have their size in front, keep them. Throws kUsage (such a field it is not), kIo.
  virtual void append_part(std::size_t field, Bytes bytes) = 0;
  virtual std::uint64_t samples() const noexcept = 0;
  /// Writes index and footer. Requires: called once; append no more.
  [[nodiscard]] virtual std::unique_ptr<PendingShard> finish() = 0;
};

/// Starts the shard `stem` (folder and name without suffix: "out/train-00000"). Throws kIo, kUsage.
[[nodiscard]] std::unique_ptr<ShardWriter> create_shard(const std::filesystem::path& stem, ShardHeader header);

/// When a reader compares bytes with their checksums.
enum class Verify : std::uint8_t {
  kFirst,   ///< each value, and each block of small ones, when this reader first touches it (default)
  kAlways,  ///< on every read
  kNever,   ///< only headers and indexes
};

/// How a reader gets at bytes.
enum class Io : std::uint8_t {
  kAuto,   ///< through a mapping where the file system is local and the value is small or in memory, else by pread (default)
  kMmap,   ///< through a mapping; a disk error or a file cut meanwhile then ends the process (SIGBUS)
  kPread,  ///< never through a mapping
};

/// Where the bytes of one value stand: enough to find them with a hex editor.
struct Extent {
  std::string field;
  std::string file;           ///< name of the file
  std::uint64_t offset = 0;   ///< of the first byte in the file
  std::uint64_t length = 0;
  std::uint64_t checksum = 0; ///< XXH3-64 of the checksum unit that holds it
};

/// Reads one shard at random. Const members may be called by any number of threads, each with its own buffer.
class ShardReader {
 public:
  virtual ~ShardReader() = default;
  virtual const ShardHeader& header() const noexcept = 0;
  virtual std::uint64_t size() const noexcept = 0;
  /// True for files that other software wrote: they carry no checksums, so damage cannot be found.
  virtual bool foreign() const noexcept = 0;
  /// What the footer says of the samples; nothing for foreign shards.
  virtual std::optional<Digest> digest() const = 0;
  /// The sample at `position`. The views live in `buffer` and are valid until it is used again.
  /// Throws kCorrupt with shard, sample, field and offset; kUsage where position >= size().
  virtual Record read(std::uint64_t position, ReadBuffer& buffer) const = 0;
  /// Only the key; the view is valid until `buffer` is used again.
  virtual std::string_view key(std::uint64_t position, ReadBuffer& buffer) const = 0;
  /// One field of the sample, without reading the others. As read() else.
  virtual FieldValue read_field(std::uint64_t position, std::size_t field, ReadBuffer& buffer) const = 0;
  /// XXH3-128 of the input that the sample was made from (Record::source, which read() fills too).
  /// Zero where a foreign shard does not say.
  virtual Hash128 source(std::uint64_t position) const = 0;
  virtual std::vector<Extent> extents(std::uint64_t position) const = 0;

  // What loaders need: no allocation once the buffers have grown, no copy that can be saved.

  /// Shape of one field, from the index alone (a foreign shard may have to read the value).
  virtual Shape shape(std::uint64_t position, std::size_t field) const;
  /// As read_field(), but the bytes may lie in the shard's own mapping: valid as long as `buffer` is left alone and the
  /// reader lives. Aligned to nothing.
  virtual FieldValue view(std::uint64_t position, std::size_t field, ReadBuffer& buffer) const;
  /// One field straight into `out`. Throws kUsage where `out` has not exactly its bytes.
  virtual void read_into(std::uint64_t position, std::size_t field, std::span<std::byte> out) const;
  /// A hint to fetch the field's bytes from the disk while others are read. Never throws for damage.
  virtual void will_read(std::uint64_t position, std::size_t field) const;
  /// Elements of all values that stand back to back: of a field of one shape, or a ragged one of rank 1, in memmap; else nothing.
  virtual std::optional<std::uint64_t> stream_elements(std::size_t field) const;
  /// `count` of those elements, from `begin` on; as view(). Requires: stream_elements(), and inside of them.
  virtual Bytes stream(std::size_t field, std::uint64_t begin, std::uint64_t count, ReadBuffer& buffer) const;

  // The same of many in one call, where values are so small that calls cost more than bytes. They never throw for damage: the
  // calls above, one by one, say which value it is.

  /// out[i]: shape() of positions[i]. False where they are to be asked one by one; `out` is anything then.
  virtual bool shapes(std::span<const std::uint64_t> positions, std::size_t field, std::span<Shape> out) const;
  /// out[i]: the bytes that view() has of positions[i], where they need no buffer: valid together, as long as the reader lives.
  /// Null where the value is to be asked by itself.
  virtual void views(std::span<const std::uint64_t> positions, std::size_t field, std::span<Bytes> out) const;
  /// out[i]: stream() of `count` elements from begins[i] on; else as views().
  virtual void streams(std::size_t field, std::span<const std::uint64_t> begins, std::uint64_t count, std::span<Bytes> out) const;
};

/// Opens a shard by its file (.tar, .lmdb or .key.npy). What it is is told by its bytes, not by its name.
/// Throws kNotFound, kCorrupt, kVersion.
[[nodiscard]] std::unique_ptr<ShardReader> open_shard(const std::filesystem::path& file, Verify verify = Verify::kFirst,
                                                      Io io = Io::kAuto);

}  // namespace dsprep
