// cuda_batches DIR: batches of pictures on a GPU, for kernels of one's own; LibTorch is not needed.
//
// DIR comes from: dsprep build-shards pictures/ --resize 64x64 --encode raw --out DIR
//                 dsprep stats DIR
// Bytes travel; on the GPU they are flipped, normalised by train's statistics, and become float16.
// The kernel, which stands here for a network, adds them up: their mean is 0, their deviation 1.
#include <cuda_fp16.h>
#include <dsprep/cuda.h>
#include <dsprep/error.h>
#include <dsprep/fitted.h>

#include <cmath>
#include <cstdio>
#include <stdexcept>

namespace {

void check(cudaError_t error) {
  if (error != cudaSuccess) throw std::runtime_error(cudaGetErrorString(error));
}

__global__ void add_up(const __half* values, std::size_t count, double* sums) {
  double sum = 0, squares = 0;
  for (std::size_t i = std::size_t{blockIdx.x} * blockDim.x + threadIdx.x; i < count;
       i += std::size_t{gridDim.x} * blockDim.x) {
    const double value = __half2float(values[i]);
    sum += value;
    squares += value * value;
  }
  atomicAdd(sums, sum);
  atomicAdd(sums + 1, squares);
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 2) throw dsprep::Error(dsprep::ErrorCode::kUsage, "usage: cuda_batches DIR");
  const auto device = dsprep::cuda::open(0);  // says what is missing
  const auto train = dsprep::Dataset::open(argv[1], "train");
  const auto normalize = dsprep::image_normalization(dsprep::load_stats(train, "image"));
  dsprep::cuda::PixelOptions pixels{.type = dsprep::cuda::ElementType::kFloat16, .flip = 0.5};
  pixels.mean = normalize.mean;
  pixels.std = normalize.deviation;
  dsprep::cuda::GpuLoader loader(train, {.batch_size = 64, .shuffle = true, .seed = 1},
                                 {.device = device, .transforms = {pixels}});
  for (const std::string& warning : loader.warnings())
    std::fprintf(stderr, "%s\n", warning.c_str());

  cudaStream_t stream = nullptr;
  check(cudaStreamCreate(&stream));
  double* sums = nullptr;
  check(cudaMalloc(&sums, 2 * sizeof(double)));
  check(cudaMemset(sums, 0, 2 * sizeof(double)));
  double count = 0;
  for (std::uint64_t epoch = 0; epoch < 3; ++epoch) {
    // The stream waits for each batch, and the batch's memory for the stream: nobody waits here.
    for (const dsprep::cuda::DeviceBatch& batch : loader.epoch(epoch, stream)) {
      const dsprep::cuda::DeviceTensor& image = batch["image"];
      add_up<<<256, 256, 0, stream>>>(static_cast<const __half*>(image.data),
                                      image.shape.elements(), sums);
      check(cudaGetLastError());
      count += static_cast<double>(image.shape.elements());
    }
  }
  double host[2];
  check(cudaMemcpyAsync(host, sums, sizeof(host), cudaMemcpyDeviceToHost, stream));
  check(cudaStreamSynchronize(stream));
  const double mean = host[0] / count;
  std::printf("mean %.4f  deviation %.4f  waited %.3f s for the host\n", mean,
              std::sqrt(host[1] / count - mean * mean),
              static_cast<double>(loader.counters().wait_ns) * 1e-9);
  check(cudaFree(sums));
  check(cudaStreamDestroy(stream));
} catch (const std::exception& error) {
  std::fprintf(stderr, "cuda_batches: %s\n", error.what());
  return 1;
}
