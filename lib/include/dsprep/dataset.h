// Dataset: one split of a dataset, read by index. Opening reads the manifest only; shards open when
// they are first needed. Const members may be called by any number of threads, each with its own
// buffer. Copies are cheap and share what is open.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dsprep/manifest.h"
#include "dsprep/sample.h"
#include "dsprep/shard.h"

namespace dsprep {

struct DatasetOptions {
  Verify verify = Verify::kFirst;
  Io io = Io::kAuto;
  /// Shards kept open; the one that was used longest ago is closed for another. A shard that a
  /// thread is reading just then stays open until it is done, so that at most this many plus the
  /// number of threads are open. A shard costs one file descriptor in tar and LMDB, one to three a
  /// field in memmap.
  std::size_t max_open_shards = 64;
};

/// Where a sample stands.
struct Place {
  std::size_t shard = 0;       ///< row of Manifest::shards
  std::uint64_t position = 0;  ///< index of the sample in that shard
};

class Dataset {
 public:
  /// Throws kNotFound (no dataset; no such split, naming those there are), kCorrupt, kVersion,
  /// kUsage (options).
  static Dataset open(const std::filesystem::path& directory, std::string_view split,
                      DatasetOptions options = {});

  std::uint64_t size() const noexcept;  ///< samples of this split
  const Schema& schema() const noexcept;
  const Manifest& manifest() const noexcept;
  const std::vector<std::string>& classes() const noexcept;
  const std::string& split() const noexcept;
  const std::filesystem::path& directory() const noexcept;
  const DatasetOptions& options() const noexcept;

  // Everything below throws kUsage where index >= size(), and kCorrupt, kVersion, kNotFound or kIo
  // with the shard's name and the sample's index, in the shard and in the split, where a shard is
  // not what the manifest says or is damaged.

  /// Only the key.
  std::string key(std::uint64_t index) const;
  /// The views live in `buffer` and in this dataset, and are valid until the buffer is used again.
  /// Arrays begin at multiples of 64 bytes.
  Sample read(std::uint64_t index, SampleBuffer& buffer) const;
  /// One field, without reading the others; kNotFound where there is none of that name. Views as in
  /// read().
  Tensor field(std::uint64_t index, std::string_view name, SampleBuffer& buffer) const;
  Tensor field(std::uint64_t index, std::size_t field, SampleBuffer& buffer) const;
  /// A sample that keeps its bytes itself, for as long as it or a copy of it lives.
  Sample at(std::uint64_t index) const;

  /// Index of the sample with this key. Reads the keys one after another: O(size()), no values.
  std::optional<std::uint64_t> find(std::string_view key) const;
  /// Binary search in the manifest; opens nothing.
  Place locate(std::uint64_t index) const;
  /// "train-00012", for people and for messages.
  std::string shard_name(std::uint64_t index) const;
  /// Where the bytes of each field stand.
  std::vector<Extent> extents(std::uint64_t index) const;

  /// The open shard of a row of Manifest::shards of this split, checked against the manifest.
  std::shared_ptr<const ShardReader> shard(std::size_t row) const;

 private:
  struct State;
  explicit Dataset(std::shared_ptr<const State> state);
  template <class Read>
  auto at_place(std::uint64_t index, Read read) const;

  std::shared_ptr<const State> state_;
};

}  // namespace dsprep
