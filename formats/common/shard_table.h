// The table of shards, shards.npy: one row a shard as a structured numpy array. See
// formats/SPEC.md. Pure functions.
//
//   split u4 | number u4 | part u4 | samples u8 | first u8 | polynomial u8[2] | bytes u8[F] | xxh3
//   u8[F][2]
//
// packed and little-endian, low halves first; F is the number of files of a shard.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "dsprep/manifest.h"

namespace dsprep {

inline constexpr const char* kShardTableName = "shards.npy";

/// The whole file. Requires: every row has the files of `suffixes`, in their order (else
/// kInternal).
std::vector<std::byte> encode_shard_table(const std::vector<ShardRow>& rows,
                                          const std::vector<std::string>& suffixes);

/// Bytes of the file with `rows` rows; nothing where that is more than 64 bits count.
std::optional<std::uint64_t> shard_table_bytes(std::uint64_t rows, std::size_t files);

/// The rows back. Throws kCorrupt where `bytes` is not exactly what encode_shard_table writes for
/// `count` rows.
std::vector<ShardRow> decode_shard_table(Bytes bytes, std::uint64_t count,
                                         const std::vector<std::string>& suffixes);

}  // namespace dsprep
