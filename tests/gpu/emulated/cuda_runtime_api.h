// What lib/gpu/cuda/kernels.cu takes from CUDA, for a compiler of C++: its kernels then run on the
// processor, a thread of the grid after the other (kernels.cpp). In place of CUDA's own headers.
#pragma once

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>

#define __host__
#define __device__
#define __global__
#define __launch_bounds__(threads)

struct dim3 {
  dim3(unsigned width = 1, unsigned height = 1, unsigned depth = 1)
      : x(width), y(height), z(depth) {}
  unsigned x, y, z;
};
inline thread_local dim3 gridDim, blockDim, blockIdx, threadIdx;

enum cudaError_t { cudaSuccess, cudaErrorInvalidConfiguration };
using cudaStream_t = void*;
struct cudaFuncAttributes {};
inline cudaError_t cudaFuncGetAttributes(cudaFuncAttributes*, const void*) { return cudaSuccess; }
cudaError_t cudaLaunchKernel(const void* kernel, dim3 grid, dim3 block, void** arguments,
                             std::size_t shared, cudaStream_t stream);

inline float __fadd_rn(float a, float b) { return a + b; }
inline float __fmul_rn(float a, float b) { return a * b; }
inline float __uint_as_float(std::uint32_t bits) { return std::bit_cast<float>(bits); }
/// As far off as CUDA allows, one way or the other.
inline float __fdividef(float a, float b) {
  const float off = std::bit_cast<std::uint32_t>(b) & 1 ? 0x1p-22F : -0x1p-22F;
  return a / b * (1 + off);
}
inline std::uint32_t __byte_perm(std::uint32_t low, std::uint32_t high, std::uint32_t selector) {
  const std::uint64_t bytes = std::uint64_t{high} << 32 | low;
  std::uint32_t out = 0;
  for (unsigned i = 0; i < 4; ++i)
    out |= static_cast<std::uint32_t>(bytes >> (8 * (selector >> (4 * i) & 7)) & 0xff) << (8 * i);
  return out;
}
