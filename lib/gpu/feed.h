// Feed: the thread between a Loader and the device slots of its consumer.
//
//   free -> filling (the feeding thread) -> ready, in order -> leased -> free, longest ago first
//
// One lock guards the states. The feeding thread has the loader to itself while a run lasts; the
// consumer has it between runs.
#pragma once

#include <condition_variable>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "lib/gpu/device_slot.h"
#include "lib/gpu/sender.h"

namespace dsprep::cuda {

class Feed : public std::enable_shared_from_this<Feed> {
 public:
  Feed(SourcePtr from, LoaderOptions options, GpuOptions gpu);
  ~Feed();
  Feed(const Feed&) = delete;

  /// Ends the thread and the loader; leases stay valid.
  void stop() noexcept;
  std::uint64_t start(std::uint64_t epoch);
  void cancel(std::uint64_t run) noexcept;
  std::optional<DeviceBatch> next(std::uint64_t run, Stream stream);
  std::uint64_t steps(std::uint64_t run) const noexcept;
  void also_on(DeviceSlot& slot, Stream stream);
  void retain(DeviceSlot& slot) noexcept { slot.refs.fetch_add(1, std::memory_order_relaxed); }
  void release(DeviceSlot& slot) noexcept;

  std::string state() const;
  std::uint64_t resume(std::string_view state);
  GpuCounters counters() const;
  std::uint64_t device_bytes() const;
  const Loader& loader() const noexcept { return *loader_; }
  const HostMemory& memory() const noexcept { return *memory_; }
  const DevicePtr& device() const noexcept { return gpu_.device; }

 private:
  using Lock = std::unique_lock<std::mutex>;
  struct Run {
    std::uint64_t number = 0, steps = 0, delivered = 0;
    std::optional<Epoch> host;
    std::exception_ptr failure;
    bool cancelled = false, finished = true;
  };

  void feed_loop() noexcept;
  void feed(Epoch& host);
  DeviceSlot* take_free();
  void publish(DeviceSlot& slot);
  void make_free(DeviceSlot& slot) noexcept;
  void cancel_run() noexcept;
  void wait_idle(Lock& lock);
  void wait_for_batch(Lock& lock);
  [[noreturn]] void throw_timeout() const;
  void use(DeviceSlot& slot, Stream stream);

  GpuOptions gpu_;
  std::chrono::milliseconds timeout_;
  std::shared_ptr<HostMemory> memory_;
  std::unique_ptr<Loader> loader_;
  std::unique_ptr<Sender> sender_;
  std::deque<DeviceSlot> slots_;
  mutable std::mutex mutex_;
  std::condition_variable work_, ready_;
  std::deque<DeviceSlot*> free_, waiting_;  // by when they became free; ready, by step
  Run run_;
  std::exception_ptr broken_;  // the device failed outside of a batch: there is no going on
  bool feeding_ = false, stop_ = false;
  std::string state_;
  GpuCounters counters_;
  std::thread thread_;
};

}  // namespace dsprep::cuda
