// Comparing a stored shard with the same shard made again.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "dsprep/manifest.h"
#include "dsprep/verify.h"

namespace dsprep {

struct ShardPair {
  std::string stored;   ///< folder and stem
  std::string rebuilt;  ///< folder and stem
  std::string shard;    ///< its name, for messages
  const ShardRow& row;
  const ShardSummary& summary;  ///< of the rebuilt one
};

/// Bytes of all files where every one is equal, byte for byte; else 0.
std::uint64_t compare_files(const ShardPair& pair);

/// A fault for each sample that one of the two lacks or has differently, or where a stored one
/// cannot be read; for bytes outside of the samples where no sample differs though the files do.
/// `rejects`: why inputs were refused this time.
void compare_samples(const ShardPair& pair, const std::map<std::string, std::string>& rejects,
                     std::vector<Fault>& faults);

/// Adds the lines of a rejects.jsonl: "CLASS: reason" by path.
void add_rejects(std::string_view lines, std::map<std::string, std::string>& reasons);

}  // namespace dsprep
