// The footer: one index for all containers, at the end of the shard's last file. See formats/SPEC.md for the bytes.
//
//   [ body of the file ][ section | section | … ][ header as JSON, padded ][ tail, 64 bytes ]
//
// The tail's checksum covers the header; the header has each section's checksum, and the hash of each file's body.
// So a reader that has checked the tail trusts the header, and loads the sections that it needs, each checked once.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "dsprep/shard.h"
#include "formats/common/bytes.h"
#include "formats/common/file.h"
#include "formats/common/spool.h"

namespace dsprep {

inline constexpr std::uint32_t kFooterMajor = 1;  // readers refuse a newer one
inline constexpr std::uint32_t kFooterMinor = 0;  // readers accept a newer one
inline constexpr std::size_t kTailBytes = 64;
inline constexpr std::size_t kSectionAlignment = 8;
inline constexpr std::uint64_t kBlockBytes = 64 << 10;  // checksum blocks of rows and streams

/// How the values of one field (or the keys) are laid out.
enum class Layout : std::uint8_t {
  kInline,  ///< rows in the footer itself: section NAME.values
  kRanges,  ///< anywhere in a file: sections NAME.offset, NAME.length, NAME.xxh3 (all u64, one a sample), and
            ///< NAME.shapes (u64, rank numbers a sample) where a ragged field has rank > 1
  kRows,    ///< fixed rows back to back in a file: section NAME.xxh3, one XXH3-64 a block of `block` bytes
  kRagged,  ///< values back to back in a file, in blocks as kRows; u64 offsets (elements) of N+1 in another file, with
            ///< section NAME.offsets.xxh3; shapes (u64) in a third where rank > 1, with section NAME.shapes.xxh3
};

/// One column of a shard: a field, or "key".
struct Column {
  std::string name;
  Layout layout = Layout::kRanges;
  std::uint32_t file = 0;            ///< index into FooterHeader::files: where the values are
  std::uint64_t data_offset = 0;     ///< kRows, kRagged: offset of the first value in that file
  std::uint64_t row_bytes = 0;       ///< kInline, kRows: bytes of one value
  std::uint64_t block_bytes = 0;     ///< kRows, kRagged: bytes a checksum block covers (the last one may be shorter)
  std::uint32_t offsets_file = 0;    ///< kRagged
  std::uint64_t offsets_offset = 0;  ///< kRagged: offset of the first number in that file
  std::uint32_t shapes_file = 0;     ///< kRagged with rank > 1
  std::uint64_t shapes_offset = 0;
};

/// A file of the shard as the footer sees it: for the file that carries the footer, only its body before the footer.
struct BodyFile {
  std::string suffix;
  std::uint64_t bytes = 0;
  Hash128 hash;
};

struct SectionRef {
  std::string name;
  std::uint64_t offset = 0;  ///< from the start of the footer
  std::uint64_t bytes = 0;
  Hash128 hash;
};

/// Everything that the footer's JSON says.
struct FooterHeader {
  ShardHeader shard;
  Digest digest;                  ///< digest.count() is the number of samples
  std::vector<BodyFile> files;    ///< the last one carries the footer
  std::vector<Column> columns;    ///< "key" first, then the schema's fields in order
  std::vector<SectionRef> sections;
};

/// A section to be written: its name and its bytes (little-endian numbers), or where they wait.
struct Section {
  std::string name;
  std::vector<std::byte> bytes = {};
  Spool* spool = nullptr;
};

template <class T>
Section make_section(std::string name, const std::vector<T>& values) {
  const auto bytes = std::as_bytes(std::span(values));
  return {.name = std::move(name), .bytes = {bytes.begin(), bytes.end()}};
}

/// The footer's bytes for a file whose body has `body_bytes`. Its size is a multiple of `multiple` (a power of two from 8).
/// Fills `header.sections`.
std::vector<std::byte> encode_footer(FooterHeader& header, const std::vector<Section>& sections,
                                     std::uint64_t body_bytes, std::size_t multiple = kSectionAlignment);

/// The same, handed to `put` piece by piece: what waits in spools does not come to memory.
void write_footer(FooterHeader& header, const std::vector<Section>& sections, std::uint64_t body_bytes,
                  std::size_t multiple, const std::function<void(Bytes)>& put);

/// True where the last bytes of the file are a footer's magic: it is a shard of dsprep (damaged or not).
bool has_footer(const InputFile& file);

/// A footer that was read and checked: header at once, sections when they are asked for.
class Footer {
 public:
  /// Throws kCorrupt (no magic, sizes that do not add up, checksum), kVersion (a newer major).
  explicit Footer(const InputFile& file);

  const FooterHeader& header() const noexcept { return header_; }
  std::uint64_t samples() const noexcept { return header_.digest.count(); }
  std::uint64_t body_bytes() const noexcept { return start_; }
  const Column& column(std::string_view name) const;  ///< throws kCorrupt where it is missing
  bool has_section(std::string_view name) const noexcept;

  /// The section's bytes, checked. Throws kCorrupt with its place. `file` is the one that the footer was read from.
  std::vector<std::byte> section_bytes(const InputFile& file, std::string_view name) const;
  /// The same as numbers; throws kCorrupt where there are not `count` of them.
  template <class T>
  std::vector<T> section(const InputFile& file, std::string_view name, std::uint64_t count) const;

 private:
  const SectionRef* find(std::string_view name) const noexcept;
  [[noreturn]] void refuse_count(const InputFile& file, std::string_view name, std::uint64_t count) const;

  FooterHeader header_;
  std::uint64_t start_ = 0;
};

template <class T>
std::vector<T> Footer::section(const InputFile& file, std::string_view name, std::uint64_t count) const {
  const std::vector<std::byte> bytes = section_bytes(file, name);
  if (bytes.size() % sizeof(T) != 0 || bytes.size() / sizeof(T) != count) refuse_count(file, name, count);
  std::vector<T> values(count);
  if (count != 0) std::memcpy(values.data(), bytes.data(), bytes.size());
  return values;
}

}  // namespace dsprep
