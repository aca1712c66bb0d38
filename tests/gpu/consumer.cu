#include "tests/gpu/consumer.h"

namespace dsprep::test {
namespace {

__device__ std::uint64_t nanoseconds() {
  std::uint64_t now;
  asm volatile("mov.u64 %0, %globaltimer;" : "=l"(now));
  return now;
}

__global__ void busy(std::uint64_t ns) {
  const std::uint64_t begin = nanoseconds();
  while (nanoseconds() - begin < ns) continue;
}

__global__ void sum(const std::uint32_t* words, std::uint64_t size, std::uint64_t* sums,
                    const std::uint64_t* count) {
  unsigned long long mine = 0;
  for (std::uint64_t i = std::uint64_t{blockIdx.x} * blockDim.x + threadIdx.x; i < size;
       i += std::uint64_t{gridDim.x} * blockDim.x)
    mine += words[i] * (2 * i + 1);
  atomicAdd(reinterpret_cast<unsigned long long*>(sums + *count), mine);
}

__global__ void next(std::uint64_t* count) { *count += 1; }

}  // namespace

cudaError_t load_consumer() {
  cudaFuncAttributes attributes;
  for (const void* kernel :
       {reinterpret_cast<const void*>(busy), reinterpret_cast<const void*>(sum),
        reinterpret_cast<const void*>(next)}) {
    if (const cudaError_t error = cudaFuncGetAttributes(&attributes, kernel); error != cudaSuccess)
      return error;
  }
  return cudaSuccess;
}

cudaError_t launch_busy(std::uint64_t ns, cudaStream_t stream) {
  busy<<<1, 1, 0, stream>>>(ns);
  return cudaGetLastError();
}

cudaError_t launch_sum(const std::uint32_t* words, std::uint64_t size, std::uint64_t* sums,
                       std::uint64_t* count, cudaStream_t stream) {
  sum<<<64, 256, 0, stream>>>(words, size, sums, count);
  next<<<1, 1, 0, stream>>>(count);
  return cudaGetLastError();
}

}  // namespace dsprep::test
