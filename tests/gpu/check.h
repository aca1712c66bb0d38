// The checks of a device: each prints a line a figure, "name: figure (target) ok" or "MISSED", and
// tells whether all were met.
#pragma once

#include <algorithm>
#include <cstdio>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "dsprep/gpu_loader.h"
#include "lib/gpu/device.h"

namespace dsprep::test {

/// A device, and what its consumer can do there besides.
struct Bench {
  cuda::DevicePtr device;
  /// Keeps the stream busy for that long.
  std::function<void(std::uint64_t ns, cuda::Stream stream)> busy;
  bool cuda = false;
};

bool check_bits(const Bench& bench);        ///< jobs and batches, bit by bit
bool check_graphs(const Bench& bench);      ///< a CUDA graph for each slot; true on the stand-in
bool check_copies(const Bench& bench);      ///< of a bare page-locked copy
bool check_transforms(const Bench& bench);  ///< of a copy from device to device
bool check_overlap(const Bench& bench);     ///< with a consumer as long as the copy

inline bool figure(const std::string& name, double value, const char* relation, double target) {
  const bool met = relation[0] == '>' ? value >= target : value <= target;
  std::printf("%-44s %8.3f  (%s %.2f)  %s\n", name.c_str(), value, relation, target,
              met ? "ok" : "MISSED");
  std::fflush(stdout);
  return met;
}
inline bool fact(const std::string& name, bool holds) {
  std::printf("%-44s %s\n", name.c_str(), holds ? "ok" : "MISSED");
  std::fflush(stdout);
  return holds;
}

inline double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

/// Memory of a device. Move-only.
class DeviceMemory {
 public:
  DeviceMemory(cuda::DevicePtr device, std::size_t bytes)
      : device_(std::move(device)), memory_(device_->allocate(bytes)), bytes_(bytes) {}
  DeviceMemory(DeviceMemory&& other) noexcept
      : device_(other.device_),
        memory_(std::exchange(other.memory_, nullptr)),
        bytes_(other.bytes_) {}
  ~DeviceMemory() { device_->free(memory_); }
  template <class T>
  T* as() const {
    return static_cast<T*>(memory_);
  }
  std::size_t bytes() const noexcept { return bytes_; }

 private:
  cuda::DevicePtr device_;
  void* memory_;
  std::size_t bytes_;
};

inline DeviceMemory to_device(const cuda::DevicePtr& device, const void* from, std::size_t bytes) {
  DeviceMemory memory(device, bytes == 0 ? 1 : bytes);
  const cuda::Owned<cuda::Stream> stream = cuda::own_stream(*device);
  device->copy(memory.as<void>(), from, bytes, cuda::Direction::kToDevice, stream.get());
  cuda::synchronize(*device, stream.get());
  return memory;
}
template <class T>
DeviceMemory to_device(const cuda::DevicePtr& device, const std::vector<T>& from) {
  return to_device(device, from.data(), from.size() * sizeof(T));
}

inline std::vector<std::byte> to_host(cuda::Device& device, const void* from, std::size_t bytes) {
  std::vector<std::byte> out(bytes);
  const cuda::Owned<cuda::Stream> stream = cuda::own_stream(device);
  if (bytes != 0) device.copy(out.data(), from, bytes, cuda::Direction::kToHost, stream.get());
  cuda::synchronize(device, stream.get());
  return out;
}

/// The mean of `rounds` of what is enqueued, in ms.
inline double time_ms(cuda::Device& device, cuda::Stream stream, int rounds,
                      const std::function<void()>& enqueue) {
  const cuda::Owned<cuda::Event> begin = cuda::own_event(device, true),
                                 end = cuda::own_event(device, true);
  enqueue();
  device.record(begin.get(), stream);
  for (int i = 0; i < rounds; ++i) enqueue();
  device.record(end.get(), stream);
  device.synchronize(end.get());
  return device.elapsed_ms(begin.get(), end.get()) / rounds;
}

}  // namespace dsprep::test
