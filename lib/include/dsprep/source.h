// Source: where a loader gets samples from, by index. A dataset is one; so are windows over its
// tokens, several datasets in a row, and what a program derives itself.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "dsprep/dataset.h"

namespace dsprep {

/// One thread's access to a source. Requires everywhere: index < size(), field < fields. Throws
/// Error with the place of the fault.
class SourceReader {
 public:
  virtual ~SourceReader() = default;
  /// From the index alone, without reading the value.
  virtual Shape shape(std::uint64_t index, std::size_t field) = 0;
  /// Valid until this reader is asked for the same field again. Aligned to nothing.
  virtual FieldValue view(std::uint64_t index, std::size_t field) = 0;
  /// Straight into `out`, which has exactly the value's bytes.
  virtual void read(std::uint64_t index, std::size_t field, std::span<std::byte> out) = 0;
  /// A hint that this value will be read soon.
  virtual void will_read(std::uint64_t, std::size_t) {}

  // The same of many samples in one call, where values are so small that calls cost more than
  // bytes. A source need not have them. They never throw for a fault: the calls above, one by one,
  // say which sample it is.

  /// out[i]: shape() of indices[i]. False where they are to be asked one by one; `out` is anything
  /// then.
  virtual bool shapes(std::span<const std::uint64_t> indices, std::size_t field,
                      std::span<Shape> out) {
    (void)indices, (void)field, (void)out;
    return false;
  }
  /// out[i]: the bytes that view() has of indices[i], where they need no buffer: valid together,
  /// as long as the reader lives. Null where the value is to be asked by itself.
  virtual void views(std::span<const std::uint64_t> indices, std::size_t field,
                     std::span<Bytes> out) {
    (void)indices, (void)field;
    std::ranges::fill(out, Bytes());
  }
};

/// Const members may be called by any number of threads.
class Source {
 public:
  virtual ~Source() = default;
  virtual std::uint64_t size() const noexcept = 0;
  virtual const Schema& schema() const noexcept = 0;
  /// At most 200 bytes that tell these samples from all others: a checkpoint is bound to them.
  virtual std::string id() const = 0;
  /// What people call the sample.
  virtual std::string key(std::uint64_t index) const = 0;
  /// Must not outlive the source.
  virtual std::unique_ptr<SourceReader> reader() const = 0;
};

using SourcePtr = std::shared_ptr<const Source>;

SourcePtr source(Dataset data);

struct TokenWindowOptions {
  std::string field = "tokens";
  std::uint64_t length = 1024;  ///< of a window; it has one token more, the last one's target
  std::uint64_t stride = 0;     ///< between the begins of two windows; 0: `length`
};
/// The values of a ragged field of rank 1, one behind the other over all shards of the split, as
/// windows of length + 1 elements; what is behind the last whole window is left out. One field, of
/// the same name. Needs a memmap dataset (kUsage). 8 bytes a shard.
SourcePtr token_windows(Dataset data, TokenWindowOptions options);

/// The samples of all parts, one part behind the other. Throws kUsage where their schemas differ.
SourcePtr concatenate(std::vector<SourcePtr> parts);

/// Keeps values in memory, shared by all threads, until `bytes` are used: those that came first
/// stay, which in epochs of all samples serves as many reads as any other choice. 8 bytes a value
/// on top.
SourcePtr cached(SourcePtr from, std::uint64_t bytes);

}  // namespace dsprep
