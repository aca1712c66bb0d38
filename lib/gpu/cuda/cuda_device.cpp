// A CUDA device: each member is one or two functions of the runtime, its errors are Error.
#include <cuda_runtime_api.h>

#include <string>

#include "dsprep/cuda.h"
#include "dsprep/error.h"
#include "lib/gpu/cuda/kernels.h"
#include "lib/gpu/device.h"

namespace dsprep::cuda {
namespace {

cudaEvent_t of(Event event) noexcept { return reinterpret_cast<cudaEvent_t>(event); }

std::string version_text(int version) {
  return std::to_string(version / 1000) + "." + std::to_string(version % 1000 / 10);
}

std::string text_of(cudaError_t error) {
  return std::string(cudaGetErrorString(error)) + " (" + cudaGetErrorName(error) + ")";
}

/// Makes a device the thread's own, and gives the one before back. Streams and events know their
/// device; memory, kernels and the default stream do not. And what is called meanwhile leaves
/// another thread's stream capture alone, as attach_thread() says.
class Current {
 public:
  explicit Current(int ordinal) noexcept {
    if (cudaGetDevice(&before_) != cudaSuccess || before_ == ordinal) before_ = -1;
    error_ = cudaSetDevice(ordinal);
    (void)cudaThreadExchangeStreamCaptureMode(&mode_);
  }
  ~Current() {
    (void)cudaThreadExchangeStreamCaptureMode(&mode_);
    if (before_ >= 0) (void)cudaSetDevice(before_);
  }
  Current(const Current&) = delete;
  cudaError_t error() const noexcept { return error_; }

 private:
  int before_ = -1;
  cudaError_t error_ = cudaSuccess;
  cudaStreamCaptureMode mode_ = cudaStreamCaptureModeRelaxed;
};

class CudaDevice final : public Device {
 public:
  CudaDevice(int ordinal, const cudaDeviceProp& properties) : ordinal_(ordinal) {
    name_ = "cuda:" + std::to_string(ordinal) + " (" + properties.name + ")";
#if CUDART_VERSION >= 12020
    if (cudaDeviceGetAttribute(&node_, cudaDevAttrHostNumaId, ordinal) != cudaSuccess) node_ = -1;
#endif
  }

  std::string name() const override { return name_; }
  dlpack::Device where() const noexcept override { return {dlpack::DeviceType::kCuda, ordinal_}; }
  int numa_node() const noexcept override { return node_; }

  // A consumer that captures a graph must not be disturbed by what this thread does, nor the other
  // way round: without this, any allocation here would end a capture in another thread.
  void attach_thread() override {
    check(cudaSetDevice(ordinal_), "cudaSetDevice");
    cudaStreamCaptureMode mode = cudaStreamCaptureModeRelaxed;
    check(cudaThreadExchangeStreamCaptureMode(&mode), "cudaThreadExchangeStreamCaptureMode");
  }

  std::string pin(void* memory, std::size_t bytes) override {
    const Current current(ordinal_);
    const cudaError_t error = cudaHostRegister(memory, bytes, cudaHostRegisterPortable);
    if (error == cudaSuccess) return {};
    (void)cudaGetLastError();  // forgotten: the caller goes on without
    return text_of(error);
  }
  void unpin(void* memory) noexcept override {
    const Current current(ordinal_);
    (void)cudaHostUnregister(memory);
  }
  void* allocate(std::size_t bytes) override {
    const Current current(ordinal_);
    check(current.error(), "cudaSetDevice");  // else it would be another device's memory
    void* memory = nullptr;
    const cudaError_t error = cudaMalloc(&memory, bytes);
    if (error == cudaErrorMemoryAllocation) {
      (void)cudaGetLastError();
      throw Error(ErrorCode::kTooLarge, name_ + " has no " + std::to_string(bytes) + " bytes left",
                  {}, "make the batch or GpuOptions::slots smaller");
    }
    check(error, "cudaMalloc");
    return memory;
  }
  void free(void* memory) noexcept override {
    if (memory == nullptr) return;
    const Current current(ordinal_);
    (void)cudaFree(memory);
  }

  Stream make_stream() override {
    const Current current(ordinal_);
    cudaStream_t stream = nullptr;
    check(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), "cudaStreamCreateWithFlags");
    return stream;
  }
  void destroy(Stream stream) noexcept override { (void)cudaStreamDestroy(stream); }
  Event make_event(bool timed) override {
    const Current current(ordinal_);
    cudaEvent_t event = nullptr;
    const unsigned flags = cudaEventBlockingSync | (timed ? 0U : cudaEventDisableTiming);
    check(cudaEventCreateWithFlags(&event, flags), "cudaEventCreateWithFlags");
    return reinterpret_cast<Event>(event);
  }
  void destroy(Event event) noexcept override { (void)cudaEventDestroy(of(event)); }

  void record(Event event, Stream stream) override {
    on_default(stream, [&] { check(cudaEventRecord(of(event), stream), "cudaEventRecord"); });
  }
  void wait(Stream stream, Event event) override {
    on_default(stream,
               [&] { check(cudaStreamWaitEvent(stream, of(event), 0), "cudaStreamWaitEvent"); });
  }
  void synchronize(Event event) override {
    check(cudaEventSynchronize(of(event)), "cudaEventSynchronize");
  }
  bool done(Event event) override {
    const cudaError_t error = cudaEventQuery(of(event));
    if (error == cudaErrorNotReady) return false;
    check(error, "cudaEventQuery");
    return true;
  }
  double elapsed_ms(Event begin, Event end) override {
    float ms = 0;
    check(cudaEventElapsedTime(&ms, of(begin), of(end)), "cudaEventElapsedTime");
    return static_cast<double>(ms);
  }

  void copy(void* to, const void* from, std::size_t bytes, Direction direction,
            Stream stream) override {
    if (bytes == 0) return;  // there need not be memory then
    const Current current(ordinal_);
    const cudaMemcpyKind kind = direction == Direction::kToDevice ? cudaMemcpyHostToDevice
                                : direction == Direction::kToHost ? cudaMemcpyDeviceToHost
                                                                  : cudaMemcpyDeviceToDevice;
    check(cudaMemcpyAsync(to, from, bytes, kind, stream), "cudaMemcpyAsync");
  }
  void run(const PixelJob& job, Stream stream) override {
    const Current current(ordinal_);
    check(launch(job, stream), "the kernel for pixels");
  }
  void run(const TokenJob& job, Stream stream) override {
    const Current current(ordinal_);
    check(launch(job, stream), "the kernel for tokens");
  }

 private:
  // The default stream is that of the thread's current device; others know theirs.
  template <class Call>
  void on_default(Stream stream, const Call& call) const {
    if (stream == cudaStreamPerThread) {
      throw Error(ErrorCode::kUsage, "cudaStreamPerThread is another stream in every thread", {},
                  "take a stream of cudaStreamCreate, or the default stream");
    }
    if (stream != nullptr && stream != cudaStreamLegacy) return call();
    const Current current(ordinal_);
    call();
  }

  void check(cudaError_t error, const char* what) const {
    if (error == cudaSuccess) return;
    (void)cudaGetLastError();  // said once, here, and not again by a later call of the thread
    throw Error(ErrorCode::kIo, name_ + ": " + what + " failed: " + text_of(error));
  }

  int ordinal_;
  int node_ = -1;
  std::string name_;
};

[[noreturn]] void missing(const std::string& what, const std::string& remedy) {
  throw Error(ErrorCode::kNotFound, what, {}, remedy);
}

// Why there is no device at all.
[[noreturn]] void explain(cudaError_t error) {
  int driver = 0;
  (void)cudaDriverGetVersion(&driver);
  (void)cudaGetLastError();
  if (driver == 0)
    missing("no NVIDIA driver is installed here, or it does not run",
            "install the driver (nvidia-smi must work), or give the container the GPU");
  if (error == cudaErrorInsufficientDriver) {
    missing("the NVIDIA driver is too old: it is for CUDA " + version_text(driver) +
                ", this program for CUDA " + version_text(CUDART_VERSION),
            "update the driver, or build dsprep with an older toolkit");
  }
  if (error == cudaErrorNoDevice || error == cudaSuccess)
    missing("the NVIDIA driver finds no GPU", "look at nvidia-smi and CUDA_VISIBLE_DEVICES");
  missing("CUDA does not start: " + text_of(error), "look at nvidia-smi and the system's log");
}

}  // namespace

DevicePtr open(int ordinal) {
  int count = 0;
  const cudaError_t error = cudaGetDeviceCount(&count);
  if (error != cudaSuccess || count == 0) explain(error);
  if (ordinal < 0 || ordinal >= count)
    missing("there is no cuda:" + std::to_string(ordinal) + "; GPUs here: " + std::to_string(count),
            "the first one is cuda:0");
  cudaDeviceProp properties{};
  const Current current(ordinal);
  cudaError_t fault = current.error();
  if (fault == cudaSuccess) fault = cudaGetDeviceProperties(&properties, ordinal);
  if (fault != cudaSuccess) {
    (void)cudaGetLastError();
    missing("cuda:" + std::to_string(ordinal) + " does not answer: " + text_of(fault),
            "look at nvidia-smi");
  }
  fault = load_kernels();
  if (fault != cudaSuccess) {
    (void)cudaGetLastError();
    missing("dsprep was built without kernels for " + std::string(properties.name) +
                " (compute capability " + std::to_string(properties.major) + "." +
                std::to_string(properties.minor) + "): " + text_of(fault),
            "build it with CMAKE_CUDA_ARCHITECTURES=" + std::to_string(properties.major) +
                std::to_string(properties.minor));
  }
  return std::make_shared<CudaDevice>(ordinal, properties);
}

int device_count() noexcept {
  int count = 0;
  if (cudaGetDeviceCount(&count) == cudaSuccess) return count;
  (void)cudaGetLastError();
  return 0;
}

}  // namespace dsprep::cuda
