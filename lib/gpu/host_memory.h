// HostMemory: memory on the host that a device copies from. Pages of its own, near the device, in
// large pages where there are, locked; where the system refuses to lock them, ordinary memory, and
// a warning. Any number of threads.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "lib/gpu/device.h"

namespace dsprep::cuda {

class HostMemory {
 public:
  explicit HostMemory(DevicePtr device) : device_(std::move(device)) {}
  /// At a page; throws kIo where there is no memory.
  void* allocate(std::size_t bytes);
  void release(void* memory, std::size_t bytes) noexcept;
  std::vector<std::string> warnings() const;

 private:
  DevicePtr device_;
  mutable std::mutex mutex_;
  std::unordered_map<void*, bool> pinned_;
  std::size_t refused_bytes_ = 0;
  std::string refused_;
};

}  // namespace dsprep::cuda
