#include "tools/bench_device.h"

#include <array>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <iostream>
#include <thread>

#include "dsprep/error.h"
#include "formats/common/text.h"
#include "lib/gpu/device.h"
#include "lib/gpu/host_memory.h"
#include "tools/ingest/size.h"
#include "tools/timing.h"

#if defined(DSPREP_WITH_CUDA)
#include "dsprep/cuda.h"
#endif

namespace dsprep {
namespace {

using cuda::Device;
using cuda::Event;
using cuda::Owned;
using cuda::Stream;

cuda::DevicePtr open_device(const std::string& name) {
  if (name == "standin") return cuda::standin();
  const std::string prefix = "cuda:";
  const auto number =
      name.starts_with(prefix) ? parse_u64(name.substr(prefix.size())) : std::nullopt;
  if (!number || *number > 1023)
    throw Error(ErrorCode::kUsage, "--device is cpu, cuda:N or standin, not '" + name + "'");
#if defined(DSPREP_WITH_CUDA)
  return cuda::open(static_cast<int>(*number));
#else
  throw Error(
      ErrorCode::kNotFound, "this dsprep was built without CUDA", {},
      "install the CUDA toolkit and build again (DSPREP_CUDA=ON); --device standin needs none");
#endif
}

/// How long the consumer's stream stood still for each batch: two events around its waiting, looked
/// at some batches later, when they have long passed.
class StreamWaits {
 public:
  StreamWaits(Device& device, Stream stream) : device_(device), stream_(stream) {
    for (Pair& pair : pairs_)
      pair = {cuda::own_event(device, true), cuda::own_event(device, true), false};
  }
  void before() {
    Pair& pair = pairs_[next_];
    add(pair);
    device_.record(pair.before.get(), stream_);
  }
  void after() {
    Pair& pair = pairs_[next_++ % pairs_.size()];
    device_.record(pair.after.get(), stream_);
    pair.used = true;
    next_ %= pairs_.size();
  }
  double seconds() {
    for (Pair& pair : pairs_) add(pair);
    return seconds_;
  }

 private:
  struct Pair {
    Owned<Event> before, after;
    bool used = false;
  };
  void add(Pair& pair) {
    if (!pair.used) return;
    device_.synchronize(pair.after.get());
    seconds_ += device_.elapsed_ms(pair.before.get(), pair.after.get()) * 1e-3;
    pair.used = false;
  }

  Device& device_;
  Stream stream_;
  std::array<Pair, 32> pairs_;
  std::size_t next_ = 0;
  double seconds_ = 0;
};

/// Bytes a second of one block of page-locked memory, copied over and over for a third of a second.
double bare_copy_rate(const cuda::DevicePtr& device, std::uint64_t bytes) {
  constexpr double kSeconds = 0.3;
  constexpr int kEach = 8;
  cuda::HostMemory host(device);
  const Owned<Stream> stream = cuda::own_stream(*device);
  const Owned<Event> begin = cuda::own_event(*device, true), end = cuda::own_event(*device, true);
  void* from = host.allocate(bytes);
  std::memset(from, 1, bytes);
  void* to = nullptr;
  double ms = 0, copied = 0;
  try {
    to = device->allocate(bytes);
    const Stopwatch watch;
    while (watch.seconds() < kSeconds) {
      device->record(begin.get(), stream.get());
      for (int i = 0; i < kEach; ++i)
        device->copy(to, from, bytes, cuda::Direction::kToDevice, stream.get());
      device->record(end.get(), stream.get());
      device->synchronize(end.get());
      ms += device->elapsed_ms(begin.get(), end.get());
      copied += static_cast<double>(bytes) * kEach;
    }
  } catch (...) {
    device->free(to);
    host.release(from, bytes);
    throw;
  }
  device->free(to);
  host.release(from, bytes);
  return ms > 0 ? copied / (ms * 1e-3) : 0;
}

/// The counters when the last copies have been timed, too: done they are already.
cuda::GpuCounters counted(const cuda::GpuLoader& loader) {
  const Stopwatch watch;
  cuda::GpuCounters counters = loader.counters();
  while (counters.timed_bytes < counters.bytes && watch.seconds() < 1) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    counters = loader.counters();
  }
  return counters;
}

void run_epoch(cuda::GpuLoader& loader, std::uint64_t epoch, Stream stream, StreamWaits& waits,
               DeviceResult& result) {
  cuda::GpuEpoch run = loader.epoch(epoch, stream);
  for (;;) {
    waits.before();
    const std::optional<cuda::DeviceBatch> batch = run.next();
    if (!batch) return;
    waits.after();
    result.samples += batch->samples().size();
    ++result.batches;
    for (const cuda::DeviceTensor& tensor : batch->tensors()) result.bytes += tensor.bytes();
  }
}

/// What the loader has counted since `before`.
void count(const cuda::GpuLoader& loader, const cuda::GpuCounters& before, DeviceResult& result) {
  const cuda::GpuCounters after = counted(loader);
  result.copied = after.bytes - before.bytes;
  result.host_wait = static_cast<double>(after.wait_ns - before.wait_ns) * 1e-9;
  if (after.copy_ns != 0)  // over the loader's life: a rate
    result.copy_rate =
        static_cast<double>(after.timed_bytes) / static_cast<double>(after.copy_ns) * 1e9;
  result.host_memory = loader.host_bytes();
  result.device_memory = loader.device_bytes();
  result.bottleneck = loader.loader_counters().bottleneck();
  result.warnings = loader.warnings();
}

unsigned long long whole(std::uint64_t value) { return static_cast<unsigned long long>(value); }

}  // namespace

DeviceResult run_device(const std::string& directory, const std::string& split,
                        const BenchSetting& setting, const std::string& name) {
  const cuda::DevicePtr device = open_device(name);
  BenchInput input = bench_input(directory, split, setting, true);
  DeviceResult result;
  result.device = device->name();
  const Owned<Stream> stream = cuda::own_stream(*device);
  cuda::GpuLoader loader(input.from, input.options,
                         {.device = device, .transforms = input.transforms, .timed = true});
  StreamWaits waits(*device, stream.get());
  Stopwatch watch;
  cuda::GpuCounters before;
  double waited = 0;
  for (std::uint64_t epoch = 0; epoch < setting.epochs; ++epoch) {
    if (epoch == 1) {
      result.first_seconds = watch.seconds();
      result.samples = result.batches = result.bytes = 0;
      before = loader.counters();
      waited = waits.seconds();
      watch = Stopwatch();
    }
    run_epoch(loader, epoch, stream.get(), waits, result);
  }
  result.device_wait = waits.seconds() - waited;  // here all of it is done
  result.seconds = watch.seconds();
  if (setting.epochs == 1) result.first_seconds = result.seconds;
  count(loader, before, result);
  if (result.batches != 0)
    result.bare_rate =
        bare_copy_rate(device, std::max<std::uint64_t>(result.copied / result.batches, 1));
  return result;
}

void print_device(const DeviceResult& r, bool json) {
  for (const std::string& warning : r.warnings) std::cerr << "dsprep: warning: " << warning << '\n';
  const double delivered = r.seconds > 0 ? static_cast<double>(r.copied) / r.seconds : 0;
  const double share = r.bare_rate > 0 ? r.copy_rate / r.bare_rate : 0;
  if (json) {
    std::printf(
        "{\"samples\":%llu,\"seconds\":%.6f,\"bytes\":%llu,\"batches\":%llu,\"copied\":%llu,"
        "\"gb_per_s\":%.4f,\"copy_gb_per_s\":%.4f,\"bare_gb_per_s\":%.4f,\"fraction\":%.4f,"
        "\"host_wait_seconds\":%.6f,\"device_wait_seconds\":%.6f,\"first_epoch_seconds\":%.6f}\n",
        whole(r.samples), r.seconds, whole(r.bytes), whole(r.batches), whole(r.copied),
        delivered / 1e9, r.copy_rate / 1e9, r.bare_rate / 1e9, share, r.host_wait, r.device_wait,
        r.first_seconds);
    return;
  }
  std::printf("%llu samples to %s in %.3f s: %.0f samples/s, %.2f GB/s of %s\n", whole(r.samples),
              r.device.c_str(), r.seconds,
              r.seconds > 0 ? static_cast<double>(r.samples) / r.seconds : 0, delivered / 1e9,
              human_bytes(r.copied).c_str());
  std::printf("while a copy ran %.2f GB/s, %.2f of a bare page-locked copy (%.2f GB/s)\n",
              r.copy_rate / 1e9, share, r.bare_rate / 1e9);
  std::printf(
      "first epoch %.3f s; slots %s here, %s there; the consumer waited %.3f s for the host, its "
      "stream %.3f s; on the host to look at: %s\n",
      r.first_seconds, human_bytes(r.host_memory).c_str(), human_bytes(r.device_memory).c_str(),
      r.host_wait, r.device_wait, r.bottleneck.c_str());
}

}  // namespace dsprep
