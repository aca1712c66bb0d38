// WarmMeter: whether values come from memory. Where the last ones all did, a hint to fetch the next
// ones would only cost a system call each (2 us of the 12 that a copy of 110 KB takes in all).
#pragma once

#include <atomic>
#include <cstdint>

namespace dsprep {

/// Any number of threads; what two note at a time may count once.
class WarmMeter {
 public:
  /// One more value was in memory, or was not.
  void note(bool resident) noexcept {
    const std::uint32_t run = run_.load(std::memory_order_relaxed);
    if (!resident && run != 0) run_.store(0, std::memory_order_relaxed);
    if (resident && run < kWarm) run_.store(run + 1, std::memory_order_relaxed);
  }
  /// True where the last 32 that were looked at were in memory.
  bool warm() const noexcept { return run_.load(std::memory_order_relaxed) >= kWarm; }
  /// True where the next value is to be looked at: always while they are not warm, else one in 16.
  bool doubts() noexcept {
    const std::uint32_t run = run_.load(std::memory_order_relaxed);
    if (run < kWarm) return true;
    run_.store(run + 1 == kWarm + kEach ? kWarm : run + 1, std::memory_order_relaxed);
    return run == kWarm;
  }

 private:
  static constexpr std::uint32_t kWarm = 32, kEach = 16;
  std::atomic<std::uint32_t> run_{0};
};

}  // namespace dsprep
