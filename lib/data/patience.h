// Patience: how long a loader's threads wait awake. To sleep and be woken takes tens of
// microseconds; where samples cost less, what a thread waits for comes sooner than that. All
// members but changed() are called under the ring's lock.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <mutex>

#include "lib/data/lane.h"

namespace dsprep {

inline void pause_processor() noexcept {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

/// Takes a lock that is held for less than it takes to sleep and be woken.
inline void relock(std::unique_lock<std::mutex>& lock) {
  constexpr int kTries = 200;
  for (int i = 0; i < kTries; ++i) {
    if (lock.try_lock()) return;
    pause_processor();
  }
  lock.lock();
}

class Patience {
 public:
  /// Samples that cost more are left to the threads.
  static constexpr double kCheapNs = 50'000;

  /// What samples of late cost, each: a running mean. A run in which the system took the processor
  /// away may look hundreds of times as dear: it must not send the caller to sleep for a batch.
  void note(double ns) noexcept {
    sample_ns_ = known() ? sample_ns_ + (std::min(ns, 16 * sample_ns_) - sample_ns_) / 8 : ns;
  }
  bool known() const noexcept { return sample_ns_ > 0; }
  bool cheap() const noexcept { return known() && sample_ns_ < kCheapNs; }
  double sample_ns() const noexcept { return sample_ns_; }

  /// Something has come that somebody may wait for.
  void changed() noexcept { changes_.fetch_add(1, std::memory_order_relaxed); }

  /// Where samples are cheap, waits awake for a while, the lock let go. True where `there` has
  /// come.
  template <class There>
  bool linger(std::unique_lock<std::mutex>& lock, There there) {
    if (!cheap()) return false;
    const std::uint64_t end = now_ns() + kLingerNs;
    while (!there()) {
      const std::uint64_t seen = changes_.load(std::memory_order_relaxed);
      lock.unlock();
      bool same = true;
      while (same && now_ns() < end) {
        pause_processor();
        same = changes_.load(std::memory_order_relaxed) == seen;
      }
      relock(lock);
      if (same) return there();
    }
    return true;
  }

 private:
  static constexpr std::uint64_t kLingerNs = 20'000;
  std::atomic<std::uint64_t> changes_{0};
  double sample_ns_ = 0;
};

}  // namespace dsprep
