// Progress: long work shows how far it is, on stderr. add() from any thread; the lines come from a
// thread of its own.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>

#include "tools/ingest/options.h"

namespace dsprep {

class Progress {
 public:
  /// `verb` stands in front ("writing"); `total_bytes` is what there is to do (0: unknown, no ETA).
  /// kAuto: a bar where stderr is a terminal, else lines. Lines come every ten seconds, so short
  /// work prints none.
  Progress(ProgressMode mode, std::string verb, std::uint64_t total_bytes);
  ~Progress();  ///< stops, and wipes the bar
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void add(std::uint64_t samples, std::uint64_t bytes) noexcept {
    samples_.fetch_add(samples, std::memory_order_relaxed);
    bytes_.fetch_add(bytes, std::memory_order_relaxed);
  }
  /// For work that counts by itself: all bytes so far, and what there is.
  void update(std::uint64_t bytes, std::uint64_t total_bytes) noexcept {
    bytes_.store(bytes, std::memory_order_relaxed);
    total_.store(total_bytes, std::memory_order_relaxed);
  }

 private:
  void run();
  std::string line(double seconds) const;
  std::string json(double seconds) const;

  const ProgressMode mode_;
  const std::string verb_;
  const std::chrono::steady_clock::time_point start_;
  std::atomic<std::uint64_t> samples_{0};
  std::atomic<std::uint64_t> bytes_{0};
  std::atomic<std::uint64_t> total_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopped_ = false;
  std::jthread thread_;
};

}  // namespace dsprep
