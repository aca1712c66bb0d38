// A CUDA graph for each device slot, captured once, replayed for 1,000 batches: each sum must be
// that of the batch that the host would have made.
#include <cuda_runtime_api.h>

#include <cstring>
#include <map>

#include "tests/gpu/check.h"
#include "tests/gpu/consumer.h"
#include "tests/support/picture_source.h"

namespace dsprep::test {
namespace {

using namespace cuda;

constexpr std::uint64_t kBatch = 16, kSteps = 100, kEpochs = 10;
constexpr PictureShape kShape{.height = 32, .width = 32};

LoaderOptions options() {
  LoaderOptions out{.batch_size = kBatch, .shuffle = true, .seed = 1, .threads = 2};
  out.fields = {"image"};
  return out;
}

void check(cudaError_t error) {
  if (error != cudaSuccess) throw std::runtime_error(cudaGetErrorString(error));
}

std::vector<std::uint64_t> expected_sums() {
  std::vector<std::uint64_t> sums;
  Loader loader(pictures(kBatch * kSteps, kShape), options());
  for (std::uint64_t epoch = 0; epoch < kEpochs; ++epoch) {
    for (const Batch& batch : loader.epoch(epoch)) {
      const Bytes bytes = batch["image"].bytes;
      std::vector<std::uint32_t> words(bytes.size() / 4);
      std::memcpy(words.data(), bytes.data(), bytes.size());
      sums.push_back(checksum(words.data(), words.size()));
    }
  }
  return sums;
}

}  // namespace

bool check_graphs(const Bench& bench) {
  if (!bench.cuda) return true;
  const std::vector<std::uint64_t> expected = expected_sums();
  const std::vector<std::uint64_t> zeros(expected.size() + 1);
  const DeviceMemory sums = to_device(bench.device, zeros),
                     count = to_device(bench.device, zeros.data(), 8);
  const Owned<Stream> stream = own_stream(*bench.device), capture = own_stream(*bench.device);
  std::map<std::size_t, cudaGraphExec_t> graphs;
  {
    GpuLoader loader(pictures(kBatch * kSteps, kShape), options(),
                     {.device = bench.device, .slots = 3});
    for (std::uint64_t epoch = 0; epoch < kEpochs; ++epoch) {
      for (const DeviceBatch& batch : loader.epoch(epoch, stream.get())) {
        cudaGraphExec_t& graph = graphs[batch.slot()];
        if (graph == nullptr) {
          // While the feeding thread goes on: a capture of the strictest kind must not mind it.
          const DeviceTensor& image = batch["image"];
          check(cudaStreamBeginCapture(capture.get(), cudaStreamCaptureModeGlobal));
          check(launch_sum(static_cast<const std::uint32_t*>(image.data), image.bytes() / 4,
                           sums.as<std::uint64_t>(), count.as<std::uint64_t>(), capture.get()));
          cudaGraph_t captured = nullptr;
          check(cudaStreamEndCapture(capture.get(), &captured));
          check(cudaGraphInstantiate(&graph, captured, 0));
          check(cudaGraphDestroy(captured));
        }
        check(cudaGraphLaunch(graph, batch.stream()));
      }
    }
    synchronize(*bench.device, stream.get());
  }
  for (const auto& [slot, graph] : graphs) check(cudaGraphExecDestroy(graph));
  const std::vector<std::byte> got = to_host(*bench.device, sums.as<void>(), expected.size() * 8);
  const bool right = std::memcmp(got.data(), expected.data(), got.size()) == 0;
  return fact("1,000 batches replayed by a graph for each slot", right && graphs.size() == 3);
}

}  // namespace dsprep::test
