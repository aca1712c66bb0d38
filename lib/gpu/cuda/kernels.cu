#include "lib/gpu/cuda/kernels.h"
#include "lib/gpu/pixel_resample.h"
#include "lib/gpu/pixel_straight.h"

namespace dsprep::cuda {
namespace {

constexpr unsigned kThreads = 256, kWarp = 32;
constexpr std::uint64_t kMostBlocks = 65535;  // of a grid in y; rows go round again

// What a thread makes of a row, and the rows that it makes it of.
__device__ std::uint64_t unit() { return std::uint64_t{blockIdx.x} * blockDim.x + threadIdx.x; }
__device__ std::uint64_t first_row() {
  return std::uint64_t{blockIdx.y} * blockDim.y + threadIdx.y;
}
__device__ std::uint64_t row_step() { return std::uint64_t{gridDim.y} * blockDim.y; }

template <class Out, unsigned C>
__global__ void __launch_bounds__(kThreads) pixel_kernel(const PixelJob job) {
  const std::uint64_t at = unit();
  if (at >= job.width * job.height) return;
  for (std::uint64_t row = first_row(); row < job.rows; row += row_step())
    straight_pixel<Out, C>(job, row, static_cast<std::uint32_t>(at));
}

template <class Out, unsigned C, bool Planes>
__global__ void __launch_bounds__(kThreads) run_kernel(const PixelJob job) {
  const std::uint64_t at = unit() * kRun<Out>;
  if (at >= job.width * job.height) return;
  for (std::uint64_t row = first_row(); row < job.rows; row += row_step())
    straight_run<Out, C, Planes>(job, row, static_cast<std::uint32_t>(at));
}

template <class Out, unsigned C>
__global__ void __launch_bounds__(kThreads) strip_kernel(const PixelJob job) {
  const auto at = static_cast<std::uint32_t>(unit());
  const std::uint32_t x = at % job.width, y = at / job.width * kStrip;
  if (y >= job.height) return;
  const std::uint32_t end = job.height - y < kStrip ? job.height : y + kStrip;
  for (std::uint64_t row = first_row(); row < job.rows; row += row_step())
    resampled_strip<Out, C>(job, row, x, y, end);
}

template <class From, class To>
__global__ void __launch_bounds__(kThreads) token_kernel(const TokenJob job) {
  const std::uint64_t column = unit() * kTokenRun<To>;
  if (column != 0 && column >= job.length) return;
  for (std::uint64_t row = first_row(); row < job.rows; row += row_step())
    token_run<From, To>(job, row, column);
}

template <class Job>
using Kernel = void (*)(Job);

template <class Out, unsigned C>
Kernel<PixelJob> kernel_of(const PixelJob& job) {
  if (job.resample) return strip_kernel<Out, C>;
  if (!job.whole) return pixel_kernel<Out, C>;
  return job.planes ? run_kernel<Out, C, true> : run_kernel<Out, C, false>;
}

template <class Out>
Kernel<PixelJob> kernel_of(const PixelJob& job) {
  return job.channels == 1 ? kernel_of<Out, 1>(job) : kernel_of<Out, 3>(job);
}

Kernel<PixelJob> kernel_of(const PixelJob& job) {
  switch (job.type) {
    case PixelType::kHalf:
      return kernel_of<Half>(job);
    case PixelType::kBrain:
      return kernel_of<Brain>(job);
    default:
      return kernel_of<float>(job);
  }
}

template <class From>
Kernel<TokenJob> token_kernel_of(const TokenJob& job) {
  return job.wide ? token_kernel<From, std::int64_t> : token_kernel<From, std::int32_t>;
}

Kernel<TokenJob> kernel_of(const TokenJob& job) {
  switch (job.from) {
    case TokenType::kUint8:
      return token_kernel_of<std::uint8_t>(job);
    case TokenType::kInt8:
      return token_kernel_of<std::int8_t>(job);
    case TokenType::kUint16:
      return token_kernel_of<std::uint16_t>(job);
    case TokenType::kInt16:
      return token_kernel_of<std::int16_t>(job);
    case TokenType::kUint32:
      return token_kernel_of<std::uint32_t>(job);
    case TokenType::kInt32:
      return token_kernel_of<std::int32_t>(job);
    default:
      return token_kernel_of<std::int64_t>(job);
  }
}

// Threads for a row, at least one; where these are few, a block has several rows.
template <class Job>
cudaError_t start(const Job& job, std::uint64_t rows, std::uint64_t threads, cudaStream_t stream) {
  if (rows == 0) return cudaSuccess;
  const std::uint64_t warps = threads == 0 ? 1 : (threads + kWarp - 1) / kWarp;
  unsigned wide = kThreads;
  while (wide / 2 >= warps * kWarp) wide /= 2;
  const unsigned high = kThreads / wide;
  const std::uint64_t blocks = (warps * kWarp + wide - 1) / wide, layers = (rows + high - 1) / high;
  if (blocks > 0x7fffffff) return cudaErrorInvalidConfiguration;
  const dim3 grid(static_cast<unsigned>(blocks),
                  static_cast<unsigned>(layers < kMostBlocks ? layers : kMostBlocks));
  // Its own result, not the thread's last error, which may be anybody's.
  void* arguments[] = {const_cast<Job*>(&job)};
  return cudaLaunchKernel(reinterpret_cast<const void*>(kernel_of(job)), grid, dim3(wide, high),
                          arguments, 0, stream);
}

std::uint64_t threads_of(const PixelJob& job) {
  const std::uint64_t pixels = std::uint64_t{job.width} * job.height;
  if (job.resample) return (std::uint64_t{job.height} + kStrip - 1) / kStrip * job.width;
  if (!job.whole) return pixels;
  return pixels / (job.type == PixelType::kFloat ? kRun<float> : kRun<Half>);
}
std::uint64_t threads_of(const TokenJob& job) {
  const std::uint64_t run = job.wide ? kTokenRun<std::int64_t> : kTokenRun<std::int32_t>;
  return (job.length + run - 1) / run;
}

template <class Job>
cudaError_t load(const Job& job) {
  cudaFuncAttributes attributes;
  return cudaFuncGetAttributes(&attributes, reinterpret_cast<const void*>(kernel_of(job)));
}

}  // namespace

cudaError_t launch(const PixelJob& job, cudaStream_t stream) {
  return start(job, job.rows, threads_of(job), stream);
}
cudaError_t launch(const TokenJob& job, cudaStream_t stream) {
  return start(job, job.rows, threads_of(job), stream);
}

cudaError_t load_kernels() {
  for (const PixelType type : {PixelType::kFloat, PixelType::kHalf, PixelType::kBrain}) {
    for (const unsigned channels : {1u, 3u}) {
      for (const unsigned way : {0u, 1u, 2u, 3u}) {  // pixels, planes, no planes, resampled
        PixelJob job{};
        job.type = type;
        job.channels = channels;
        job.whole = way == 1 || way == 2;
        job.planes = way == 1;
        job.resample = way == 3;
        if (const cudaError_t error = load(job); error != cudaSuccess) return error;
      }
    }
  }
  for (const TokenType type :
       {TokenType::kUint8, TokenType::kInt8, TokenType::kUint16, TokenType::kInt16,
        TokenType::kUint32, TokenType::kInt32, TokenType::kInt64}) {
    for (const bool wide : {false, true}) {
      TokenJob job{};
      job.from = type;
      job.wide = wide;
      if (const cudaError_t error = load(job); error != cudaSuccess) return error;
    }
  }
  return cudaSuccess;
}

}  // namespace dsprep::cuda
