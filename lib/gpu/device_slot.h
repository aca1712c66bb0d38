// DeviceSlot: memory on the device for one batch, what stands in it, and who uses it. And Transit:
// a host batch that is being copied.
#pragma once

#include <atomic>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "dsprep/gpu_loader.h"
#include "lib/gpu/device.h"
#include "lib/gpu/host_memory.h"

namespace dsprep::cuda {

struct DeviceSlot {
  explicit DeviceSlot(Device& on) : device(on) {}
  ~DeviceSlot() { device.free(memory); }
  DeviceSlot(const DeviceSlot&) = delete;

  Device& device;
  std::size_t index = 0;
  std::byte* memory = nullptr;
  std::atomic<std::uint64_t> capacity{0};  ///< bytes of it; written by the feeding thread
  Owned<Event> ready;                      ///< what stands in it may be used
  bool used = false;                       ///< ready was recorded

  struct Use {
    Stream stream = nullptr;
    Owned<Event> over;  ///< recorded at the lease's end
  };
  std::deque<Use> uses;       ///< the first use_count are those of the last lease
  std::size_t use_count = 0;  ///< the others keep their events for later

  std::vector<std::string> names;
  std::vector<DeviceTensor> tensors;
  std::vector<std::uint8_t> valid;
  std::vector<std::uint64_t> samples;
  std::uint64_t epoch = 0, step = 0;
  std::uint64_t bytes = 0;  ///< that were copied
  std::string state;        ///< the loader's, behind this batch

  enum class State : std::uint8_t { kFree, kFilling, kReady, kLeased };
  State status = State::kFree;  ///< guarded by the feed's lock
  std::atomic<std::uint32_t> refs{0};
};

struct Transit {
  std::optional<Batch> batch;  ///< keeps the host slot
  Owned<Event> begin, done;    ///< begin: only where copies are timed
  std::uint64_t bytes = 0;
  std::byte* gathered = nullptr;  ///< for tensors that are not in the slot's memory
  std::uint64_t capacity = 0;
};

}  // namespace dsprep::cuda
