// Runs of indices that lie in one part of a source, for calls about many samples. No allocation.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace dsprep {

inline constexpr std::size_t kMostRun = 64;

/// Cuts `indices` into runs of kMostRun at most, each in one part. `part_of(index)` gives a part
/// with `start`, its first index, and `size`; `action(part, first, inside)` gets the run's number
/// in `indices` and its indices as the part counts them. Ends, and is false, where action is.
template <class PartOf, class Action>
bool for_each_run(std::span<const std::uint64_t> indices, PartOf part_of, Action action) {
  std::array<std::uint64_t, kMostRun> inside;
  for (std::size_t i = 0; i < indices.size();) {
    const std::size_t first = i;
    const auto part = part_of(indices[i]);
    std::size_t count = 0;
    for (; i < indices.size() && count < kMostRun && indices[i] - part.start < part.size; ++i)
      inside[count++] = indices[i] - part.start;
    if (!action(part, first, std::span<const std::uint64_t>(inside.data(), count))) return false;
  }
  return true;
}

}  // namespace dsprep
