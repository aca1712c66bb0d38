// Leaks: samples of one split whose content stands in another split, too.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "dsprep/dataset.h"

namespace dsprep {

struct LeakOptions {
  std::vector<std::string> fields;  ///< compared; empty: as SampleContent has it
  unsigned jobs = 1;
  std::uint64_t memory_bytes = 512ULL << 20;  ///< about; above it hashes go to a file in TMPDIR
};

/// A sample, and the first one of an earlier split (in the manifest's order) that has its content.
struct Leak {
  std::uint32_t split = 0;  ///< index into `splits` of the call
  std::uint64_t index = 0;
  std::uint32_t earlier_split = 0;
  std::uint64_t earlier_index = 0;
};

struct LeakReport {
  std::uint64_t samples = 0;
  std::uint64_t repeated = 0;  ///< samples whose content stands earlier in their own split
  std::string compared;        ///< SampleContent::description()
  std::vector<Leak> leaks;     ///< by split, then index
};

/// Reads every sample once. Memory: 16 bytes a sample and 32 of those that are compared at a time,
/// up to memory_bytes; then 16 bytes a sample in an unnamed file and as many passes over it as are
/// needed; and 24 bytes a leak. Throws as Dataset, and kIo.
LeakReport find_leaks(const std::vector<Dataset>& splits, const LeakOptions& options);

/// Throws kRejected that counts the leaks and names the first.
void refuse_leaks(const std::filesystem::path& dataset, unsigned jobs);

}  // namespace dsprep
