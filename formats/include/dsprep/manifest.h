// Manifest: what a dataset holds and how it was made (dataset.json), with its list of shards (shards.npy). See formats/SPEC.md.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "dsprep/checksum.h"
#include "dsprep/digest.h"
#include "dsprep/schema.h"
#include "dsprep/shard.h"

namespace dsprep {

/// One row of shards.npy.
struct ShardRow {
  std::uint32_t split = 0;          ///< index into Manifest::splits
  std::uint32_t number = 0;         ///< counts from 0 within the split; part of the file names
  std::uint32_t part = 0;           ///< as in the shard's own header
  std::uint64_t first = 0;          ///< samples of the split before this shard
  Digest digest;                    ///< digest.count() is its number of samples
  std::vector<ShardFile> files;     ///< in the order of shard_suffixes()
  std::uint64_t samples() const noexcept { return digest.count(); }
};

struct SplitInfo {
  std::string name;
  std::uint64_t samples = 0;
  std::uint32_t shards = 0;
};

/// A file beside the shards: shards.npy, rejects.jsonl, a tokenizer.
struct OtherFile {
  std::string name;
  std::uint64_t bytes = 0;
  Hash128 hash;
};

/// In memory the whole manifest; copyable, no I/O of its own.
struct Manifest {
  std::string kind;                   ///< "image", "text", …
  Container container = Container::kMemmap;
  Schema schema;
  std::vector<std::string> classes;   ///< names of the classes that the field with encoding class counts; may be empty
  std::vector<SplitInfo> splits;      ///< sorted: train, val, test, then others by name
  std::uint64_t rejected = 0;         ///< inputs listed in rejects.jsonl
  unsigned digits = 5;                ///< width of the number in file names
  std::string plan;                   ///< id of the plan that all shards carry
  std::string provenance;             ///< canonical JSON object: options, canary, input fingerprint, tokenizer, dsprep version
  std::string unknown;                ///< canonical JSON object: keys of dataset.json that this version does not know; kept
  std::vector<OtherFile> others;      ///< every file but dataset.json, stats.json and the shards
  std::vector<ShardRow> shards;       ///< by split, then number

  std::size_t split_index(std::string_view name) const;  ///< throws kNotFound that lists the splits there are
  std::uint64_t samples() const noexcept;
  /// "train-00012": the shard's files are this plus their suffixes.
  std::string shard_stem(const ShardRow& row) const;
};

/// One hash for all samples, their order and their splits; independent of container, cutting and build history.
/// XXH3-128 over, for each split in order: u64 name length, name, u64 count, 16 bytes polynomial (little-endian).
/// Splits without samples are left out.
Hash128 dataset_digest(const Manifest& manifest);

/// Reads dataset.json and shards.npy and checks them against their checksums and each other.
/// Throws kNotFound (no dataset; says so where an unfinished build stands there), kCorrupt, kVersion.
Manifest read_manifest(const std::filesystem::path& directory);

/// Writes shards.npy and dataset.json into `directory`, synced; dataset.json last. Fills in the entry of shards.npy. Throws kIo.
void write_manifest(const std::filesystem::path& directory, Manifest& manifest);

}  // namespace dsprep
