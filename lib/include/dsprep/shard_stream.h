// Shards without a dataset around them: tar files as WebDataset has them, and dsprep's own. As a
// source of a loader where they can be read at random, or as a stream where they cannot.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dsprep/source.h"

namespace dsprep {

/// "train-{000..012}.tar" and "{a,b}-{0..3}.tar" as bash expands them: ranges of whole numbers,
/// zeros in front kept, and lists; braces do not nest. What begins with "pipe:" stays as it is.
/// Throws kUsage: braces that do not close, more than 1,000,000 names.
std::vector<std::string> expand_braces(std::string_view pattern);

/// The samples of these shards, one behind the other, in any order that a loader wants. A shard is
/// what ShardStream takes; all must have the same fields. All are opened at once and stay open:
/// tars of other software are read through once, head by head; what is compressed, or comes from a
/// pipe, takes its whole size in the folder for temporary files as long as the source lives. A
/// compressed field "NAME.gz" is called NAME and is unpacked twice for a batch, once to know its
/// shape.
SourcePtr shards(const std::vector<std::string>& patterns, DatasetOptions options = {});

/// Samples in the order of the shards, each shard once. One thread at a time.
///
/// A shard is a path, brace patterns included, or "pipe:COMMAND", whose output is read when the
/// shell has run it. Shards that are compressed (gzip, zstd, xz, bzip2) or come from a pipe are
/// first written to a file without a name in the folder for temporary files, one shard at a time:
/// so a cut stream, a damaged one or a command that fails is an error before the first of its
/// samples, never a short shard. A field "NAME.gz" is decompressed and called NAME.
class ShardStream {
 public:
  explicit ShardStream(const std::vector<std::string>& shards);
  ShardStream(ShardStream&&) noexcept;
  ~ShardStream();

  /// Empty at the end. A field that the sample lacks has no bytes. Views are valid until the next
  /// call. Throws kNotFound, kIo (a command failed), kCorrupt, kTruncated; the call after goes on
  /// with the next shard.
  std::optional<Sample> next();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace dsprep
