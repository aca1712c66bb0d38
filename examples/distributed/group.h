// Group: processes that add up numbers, in a star over a Unix socket with rank 0 in the middle. As
// little as an example needs; across machines, gloo, MPI or NCCL take its place.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

class Group {
 public:
  /// Waits until all `world` ranks have come to `path`. A world of 1 needs none.
  Group(const std::string& path, std::uint64_t rank, std::uint64_t world);
  ~Group();
  Group(const Group&) = delete;
  Group& operator=(const Group&) = delete;

  /// Sums over all ranks, in the order of the ranks: the same bits for all. Throws
  /// std::runtime_error when a rank has gone.
  void sum(std::span<float> values) const;

 private:
  std::uint64_t rank_;
  std::vector<int> peers_;  // rank 0: all others by rank - 1; others: rank 0
};
