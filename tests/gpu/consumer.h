// Kernels of a consumer, for the checks: one that is busy for a while, and one that sums a tensor
// up. Asynchronous.
#pragma once

#include <cuda_runtime_api.h>

#include <cstdint>

namespace dsprep::test {

/// Loads the kernels, so that none is loaded inside of a capture, or while time is taken.
cudaError_t load_consumer();

/// Busy for that long, on one small block.
cudaError_t launch_busy(std::uint64_t ns, cudaStream_t stream);

/// sums[*count] = what checksum() gives of the words, then *count += 1: what a graph can replay for
/// batch after batch. Requires: sums[*count] is 0.
cudaError_t launch_sum(const std::uint32_t* words, std::uint64_t size, std::uint64_t* sums,
                       std::uint64_t* count, cudaStream_t stream);

/// Tells words apart that stand at other places.
inline std::uint64_t checksum(const std::uint32_t* words, std::uint64_t size) {
  std::uint64_t sum = 0;
  for (std::uint64_t i = 0; i < size; ++i) sum += words[i] * (2 * i + 1);
  return sum;
}

}  // namespace dsprep::test
