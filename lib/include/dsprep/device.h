// Device: where batches are brought to. A GPU (dsprep/cuda.h, target dsprep::cuda), or a stand-in
// made of this machine's own memory and threads, for tests and for machines without a GPU.
//
// Nothing here needs the CUDA toolkit: a Stream is a cudaStream_t, named by what it points to.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

struct CUstream_st;

namespace dsprep::cuda {

/// cudaStream_t, of the loader's device. nullptr: the default stream, that is cudaStreamLegacy also
/// in programs compiled with --default-stream per-thread. cudaStreamPerThread is refused: it would
/// be another one in the thread where a lease ends.
using Stream = CUstream_st*;

/// Members may be called by any number of threads.
class Device;
using DevicePtr = std::shared_ptr<Device>;

/// "cuda:0 (NVIDIA H200)".
std::string device_name(const Device& device);

/// Waits here until the stream has done all it was given, as cudaStreamSynchronize does, which the
/// stand-in's streams are not for.
void synchronize(Device& device, Stream stream);

/// When the stand-in does what stands in its streams.
enum class StandinOrder : std::uint8_t {
  kThreads,  ///< a thread a stream, each operation after a random delay
  kLazy,     ///< as late as can be: when somebody waits for it, or now and then by chance
};

struct StandinOptions {
  StandinOrder order = StandinOrder::kThreads;
  std::uint64_t seed = 0;          ///< of delays and chances
  std::uint32_t delay_us = 0;      ///< kThreads: the longest delay before an operation
  bool refuse_pinning = false;     ///< as a system does whose limit of locked memory is reached
  std::uint64_t memory_bytes = 0;  ///< of the device; 0: no limit
};

/// Same interface, same order of events, same bits as a GPU. Streams are its own.
DevicePtr standin(const StandinOptions& options = {});

}  // namespace dsprep::cuda
