// kernels.cu, compiled as the device's code by a compiler of C++. Its namespace has another name
// here, since the same functions have other bodies in the rest of the program.
#define __CUDACC__
#define __CUDA_ARCH__ 900
#define cuda cuda_emulated
#include "lib/gpu/cuda/kernels.cu"

namespace {

using Call = void (*)(const void* kernel, void* job);
thread_local Call call = nullptr;

template <class Job>
void call_kernel(const void* kernel, void* job) {
  reinterpret_cast<void (*)(Job)>(const_cast<void*>(kernel))(*static_cast<const Job*>(job));
}

template <class Job>
bool emulate(const void* job) {
  call = call_kernel<Job>;
  return dsprep::cuda::load_kernels() == cudaSuccess &&
         dsprep::cuda::launch(*static_cast<const Job*>(job), nullptr) == cudaSuccess;
}

}  // namespace

cudaError_t cudaLaunchKernel(const void* kernel, dim3 grid, dim3 block, void** arguments,
                             std::size_t, cudaStream_t) {
  const bool right = grid.x != 0 && grid.x <= 0x7fffffff && grid.y != 0 && grid.y <= 65535 &&
                     grid.z == 1 && block.x * block.y * block.z != 0 &&
                     block.x * block.y * block.z <= 1024;
  if (!right) return cudaErrorInvalidConfiguration;
  gridDim = grid, blockDim = block;
  for (blockIdx.y = 0; blockIdx.y < grid.y; ++blockIdx.y)
    for (blockIdx.x = 0; blockIdx.x < grid.x; ++blockIdx.x)
      for (threadIdx.y = 0; threadIdx.y < block.y; ++threadIdx.y)
        for (threadIdx.x = 0; threadIdx.x < block.x; ++threadIdx.x) call(kernel, arguments[0]);
  return cudaSuccess;
}

namespace dsprep::test::detail {

bool emulate_pixels(const void* job) { return emulate<dsprep::cuda::PixelJob>(job); }
bool emulate_tokens(const void* job) { return emulate<dsprep::cuda::TokenJob>(job); }

}  // namespace dsprep::test::detail
