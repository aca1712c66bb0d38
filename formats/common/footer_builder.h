// FooterBuilder: the footer of a container that holds a shard in one file, with the values anywhere
// in it (tar, LMDB).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "formats/common/footer.h"
#include "formats/common/sample_index.h"

namespace dsprep {

/// Collects what the footer says of each sample. Classes are kept in the footer itself (kInline),
/// every other field, and the key, as kRanges. Memory: 16 bytes and the key a sample, and for each
/// field 24 bytes, or one class. One thread.
class FooterBuilder {
 public:
  explicit FooterBuilder(ShardHeader header);

  const ShardHeader& header() const noexcept { return header_.shard; }
  const Digest& digest() const noexcept { return index_.digest(); }
  std::uint64_t samples() const noexcept { return index_.digest().count(); }
  /// Whether the field has ranges: then each of its values needs an offset.
  bool has_ranges(std::size_t field) const noexcept { return !columns_[field].inlined; }

  /// Takes up the next sample: key, source, digest, checksums, lengths, shapes, classes. Each value
  /// is hashed once, or not at all where it brings its hash. Requires: check_record().
  void append(const Record& record);
  /// Where the field's canonical bytes begin in the file. Requires: the sample was appended,
  /// has_ranges(field).
  void set_offset(std::uint64_t sample, std::size_t field, std::uint64_t offset);

  /// The bytes that follow the body. May be called again with another hash: the size stays the
  /// same.
  std::vector<std::byte> encode(const BodyFile& body, std::size_t multiple);

 private:
  struct FieldColumn {
    bool inlined = false;
    bool shaped = false;  // a ragged field of rank > 1: the length does not give the shape
    std::vector<std::uint64_t> offset = {}, length = {}, checksum = {}, shapes = {};
    std::vector<std::byte> values = {};
  };
  std::vector<Section> sections();

  FooterHeader header_;
  SampleIndex index_;
  std::vector<std::uint64_t> key_offsets_{0};
  std::vector<std::byte> key_bytes_;
  std::vector<FieldColumn> columns_;
};

}  // namespace dsprep
