// ColumnReader: the values of one field, however the footer's layout has them.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "formats/common/block_stream.h"

namespace dsprep {

/// Where a value is and what it is.
struct ValueRef {
  Shape shape;
  std::uint32_t file = 0;   ///< index in the footer
  std::uint64_t begin = 0;  ///< place of the first byte, in the column's own count
  std::uint64_t bytes = 0;
};

/// Bytes of a column that differ from their checksum, with the samples that they belong to.
struct Damage {
  std::optional<std::uint64_t> first_sample =
      {};  ///< nothing where the index that would tell is damaged too
  std::uint64_t last_sample = 0;
  std::uint64_t offset = 0;  ///< in the file
  std::string what;
};

/// Const members may be called by any number of threads. Positions must be below the number of
/// samples.
class ColumnReader {
 public:
  virtual ~ColumnReader() = default;
  /// Throws kCorrupt where what the index says is not possible.
  virtual ValueRef locate(std::uint64_t position) const = 0;
  /// Fills `out`, of ref.bytes, and checks it as Verify says. Throws kCorrupt.
  virtual void read(std::uint64_t position, const ValueRef& ref,
                    std::span<std::byte> out) const = 0;
  /// The same bytes in a mapping, or in `scratch`; checked likewise.
  virtual Bytes view(std::uint64_t position, const ValueRef& ref,
                     std::vector<std::byte>& scratch) const {
    if (scratch.size() < ref.bytes) scratch.resize(ref.bytes);
    read(position, ref, std::span(scratch).first(ref.bytes));
    return std::span(scratch).first(ref.bytes);
  }
  /// As ShardFiles::will_read().
  virtual void will_read(const ValueRef& ref) const { (void)ref; }
  /// As ShardReader has it; may throw kCorrupt.
  virtual bool shapes(std::span<const std::uint64_t> positions, std::span<Shape> out) const {
    (void)positions, (void)out;
    return false;
  }
  /// As ShardReader has it; may throw kCorrupt. `out` is null when it is called.
  virtual void views(std::span<const std::uint64_t> positions, std::span<Bytes> out) const {
    (void)positions, (void)out;
  }
  /// The stream that all values stand in back to back; null in other layouts.
  virtual const BlockStream* stream() const noexcept { return nullptr; }
  /// File, offset, length and checksum unit; the field's name is left to the caller.
  virtual Extent extent(std::uint64_t position) const = 0;
  /// Compares every checksum unit that lies in this file, and reports those that differ.
  virtual void check(std::uint32_t file,
                     const std::function<void(const Damage&)>& report) const = 0;
};

/// The reader for a field's column. `files` must live longer. Throws kCorrupt where the column does
/// not fit the field.
std::unique_ptr<ColumnReader> make_column_reader(const ShardFiles& files, const Field& field,
                                                 const Column& column, Verify verify);

}  // namespace dsprep
