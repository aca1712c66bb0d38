// Sender: brings one host batch into one device slot: its place there, copies, transforms, events.
// Used by the feeding thread alone.
//
//   copy stream:  wait for the slot's last users · copies · [done]
//   work stream:  wait for [done] · transforms · [ready]          (without transforms: on the copy
//                                                                  stream)
// At most kTransits host batches are on their way; each keeps its host slot until [done].
#pragma once

#include <array>
#include <memory>
#include <vector>

#include "lib/gpu/device_slot.h"
#include "lib/gpu/work.h"

namespace dsprep::cuda {

inline constexpr std::size_t kTransits = 2;  // one under way, one behind it

struct SendTimes {
  std::uint64_t copy_ns = 0, bytes = 0;
};

class Sender {
 public:
  /// `growing`: batches differ in size. `gather`: their tensors lie anywhere in the host's memory.
  Sender(const GpuOptions& options, std::shared_ptr<HostMemory> memory,
         std::vector<std::unique_ptr<Work>> works, bool growing, bool gather);
  ~Sender();
  Sender(const Sender&) = delete;

  void reserve(DeviceSlot& slot, std::uint64_t bytes);
  void send(Batch batch, DeviceSlot& slot);
  /// Gives back the host slots of copies that are done.
  void retire_done();
  /// Waits for all copies.
  void retire_all();
  /// Of copies since the last call; only where they are timed.
  SendTimes take_times() noexcept { return std::exchange(times_, {}); }

 private:
  struct Layout {
    std::vector<const std::byte*> places;  // of the host's tensors
    std::vector<std::vector<Made>> made;   // by each work
    std::vector<std::byte*> outs;          // of all works' tensors
    std::uint64_t bytes = 0, copied = 0;
  };
  struct Region {  // on the host
    const std::byte* begin = nullptr;
    std::uint64_t bytes = 0;
  };
  Region region_of(const Batch& batch) const noexcept;
  Region gather(const Batch& batch, Transit& transit);
  void show(const Batch& batch, DeviceSlot& slot) const;
  void wait_for_users(DeviceSlot& slot);
  void retire(Transit& transit);
  bool taken(std::string_view tensor) const noexcept;

  DevicePtr device_;
  bool timed_, growing_, gather_;
  std::uint64_t limit_;  // bytes a slot
  std::shared_ptr<HostMemory> memory_;
  std::vector<std::unique_ptr<Work>> works_;
  Owned<Stream> copy_, work_;
  std::array<Transit, kTransits> transits_;
  std::size_t next_ = 0;
  Layout layout_;
  SendTimes times_;
};

}  // namespace dsprep::cuda
