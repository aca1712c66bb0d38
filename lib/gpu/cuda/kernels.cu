#include "lib/gpu/cuda/kernels.h"

namespace dsprep::cuda {
namespace {

constexpr unsigned kThreads = 256;
constexpr std::uint64_t kMostRows = 65535;  // of a grid in y; more go round again

template <class Out, unsigned C, bool Whole>
__global__ void __launch_bounds__(kThreads) straight_kernel(const PixelJob job) {
  constexpr unsigned kN = kRun<Out>;
  const std::uint64_t pixels = std::uint64_t{job.width} * job.height;
  const std::uint64_t at = (std::uint64_t{blockIdx.x} * kThreads + threadIdx.x) * kN;
  if (at >= pixels) return;
  for (std::uint64_t row = blockIdx.y; row < job.rows; row += gridDim.y) {
    if constexpr (Whole)
      straight_run<Out, C>(job, row, at);
    else
      straight_pixels<Out, C>(job, row, at,
                              static_cast<unsigned>(pixels - at < kN ? pixels - at : kN));
  }
}

template <class Out, unsigned C>
__global__ void __launch_bounds__(kThreads) resample_kernel(const PixelJob job) {
  const std::uint64_t at = std::uint64_t{blockIdx.x} * kThreads + threadIdx.x;
  if (at >= std::uint64_t{job.width} * job.height) return;
  const auto x = static_cast<std::uint32_t>(at % job.width);
  const auto y = static_cast<std::uint32_t>(at / job.width);
  for (std::uint64_t row = blockIdx.y; row < job.rows; row += gridDim.y)
    resampled_pixel<Out, C>(job, row, x, y);
}

template <class From, class To>
__global__ void __launch_bounds__(kThreads) token_kernel(const TokenJob job) {
  const std::uint64_t column = (std::uint64_t{blockIdx.x} * kThreads + threadIdx.x) * kTokenRun;
  if (column != 0 && column >= job.length) return;
  for (std::uint64_t row = blockIdx.y; row < job.rows; row += gridDim.y)
    token_run<From, To>(job, row, column);
}

template <class Job>
using Kernel = void (*)(Job);

template <class Out, unsigned C>
Kernel<PixelJob> pixel_kernel(const PixelJob& job) {
  if (job.resample) return resample_kernel<Out, C>;
  return job.whole ? straight_kernel<Out, C, true> : straight_kernel<Out, C, false>;
}

template <class Out>
Kernel<PixelJob> pixel_kernel(const PixelJob& job) {
  return job.channels == 1 ? pixel_kernel<Out, 1>(job) : pixel_kernel<Out, 3>(job);
}

Kernel<PixelJob> kernel_of(const PixelJob& job) {
  switch (job.type) {
    case PixelType::kHalf:
      return pixel_kernel<Half>(job);
    case PixelType::kBrain:
      return pixel_kernel<Brain>(job);
    default:
      return pixel_kernel<float>(job);
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

// Threads for a row, at least one.
template <class Job>
cudaError_t start(const Job& job, std::uint64_t rows, std::uint64_t threads, cudaStream_t stream) {
  const std::uint64_t blocks = threads == 0 ? 1 : (threads + kThreads - 1) / kThreads;
  if (rows == 0) return cudaSuccess;
  if (blocks > 0x7fffffff) return cudaErrorInvalidConfiguration;
  const dim3 grid(static_cast<unsigned>(blocks),
                  static_cast<unsigned>(rows < kMostRows ? rows : kMostRows));
  kernel_of(job)<<<grid, kThreads, 0, stream>>>(job);
  return cudaPeekAtLastError();
}

template <class Job>
cudaError_t load(const Job& job) {
  cudaFuncAttributes attributes;
  return cudaFuncGetAttributes(&attributes, reinterpret_cast<const void*>(kernel_of(job)));
}

}  // namespace

cudaError_t launch(const PixelJob& job, cudaStream_t stream) {
  const std::uint64_t pixels = std::uint64_t{job.width} * job.height;
  const unsigned run = job.resample ? 1 : job.type == PixelType::kFloat ? kRun<float> : kRun<Half>;
  return start(job, job.rows, (pixels + run - 1) / run, stream);
}

cudaError_t launch(const TokenJob& job, cudaStream_t stream) {
  return start(job, job.rows, (job.length + kTokenRun - 1) / kTokenRun, stream);
}

cudaError_t load_kernels() {
  for (const PixelType type : {PixelType::kFloat, PixelType::kHalf, PixelType::kBrain}) {
    for (const unsigned channels : {1u, 3u}) {
      for (const unsigned way : {0u, 1u, 2u}) {  // straight, in whole words, resampled
        PixelJob job{};
        job.type = type;
        job.channels = channels;
        job.whole = way == 1;
        job.resample = way == 2;
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
