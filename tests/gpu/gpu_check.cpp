// gpu_check DEVICE CHECK...: runs checks of tests/gpu on cuda:N or the stand-in. Exits with 1 where
// one is missed, with 77 where there is no GPU.
#include <cuda_runtime_api.h>

#include <cstdlib>
#include <cstring>
#include <map>
#include <thread>

#include "dsprep/cuda.h"
#include "lib/gpu/standin.h"
#include "tests/gpu/check.h"
#include "tests/gpu/consumer.h"

namespace {

using namespace dsprep;
using namespace dsprep::test;

constexpr int kNoGpu = 77;

Bench on_standin() {
  const auto device = cuda::make_standin({});
  return {device, [device](std::uint64_t ns, cuda::Stream stream) {
            device->enqueue(stream,
                            [ns] { std::this_thread::sleep_for(std::chrono::nanoseconds(ns)); });
          }};
}

Bench on_gpu(int ordinal) {
  if (cudaSetDevice(ordinal) != cudaSuccess) (void)cudaGetLastError();  // open() says why
  const cuda::DevicePtr device = cuda::open(ordinal);
  if (load_consumer() != cudaSuccess)
    throw std::runtime_error("the consumer's kernels do not load");
  return {device,
          [](std::uint64_t ns, cuda::Stream stream) {
            if (launch_busy(ns, stream) != cudaSuccess) throw std::runtime_error("launch failed");
          },
          true};
}

std::string why_none() {
  try {
    (void)cuda::open(0);
    return "it has come meanwhile";
  } catch (const Error& error) {
    return error.what();
  }
}

}  // namespace

int main(int argc, char** argv) {
  const std::map<std::string, bool (*)(const Bench&)> checks = {{"bits", check_bits},
                                                                {"graphs", check_graphs},
                                                                {"copies", check_copies},
                                                                {"transforms", check_transforms},
                                                                {"overlap", check_overlap}};
  const std::string name = argc > 1 ? argv[1] : "";
  const bool known = name == "standin" || name.starts_with("cuda:");
  if (argc < 3 || !known) {
    std::fprintf(stderr,
                 "usage: gpu_check cuda:N|standin bits|graphs|copies|transforms|overlap…\n");
    return 2;
  }
  if (name != "standin" && cuda::device_count() == 0) {
    std::fprintf(stderr, "no GPU here, so nothing was checked: %s\n", why_none().c_str());
    return kNoGpu;
  }
  bool met = true;
  try {
    const Bench bench = name == "standin" ? on_standin() : on_gpu(std::atoi(name.c_str() + 5));
    std::printf("%s\n", cuda::device_name(*bench.device).c_str());
    for (int i = 2; i < argc; ++i) met &= checks.at(argv[i])(bench);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "gpu_check: %s\n", error.what());
    return 1;
  }
  return met ? 0 : 1;
}
