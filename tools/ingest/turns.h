// Turns: pieces that read one thing in order (a compressed archive, the rows of a large picture)
// wait for each other to read, and work side by side on what they have read.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace dsprep {

/// Any number of threads. Who waits for turn k needs turns 0 to k-1 to be taken and passed by
/// others: run_ordered hands pieces out in order, so the earliest one never waits.
class Turns {
 public:
  virtual ~Turns() = default;

  /// Holds turn `number` for the lifetime of the object; passes it on at the end, also by a throw.
  class Hold {
   public:
    Hold(Turns& turns, std::uint64_t number) : turns_(turns) {
      std::unique_lock lock(turns_.mutex_);
      turns_.changed_.wait(lock, [&] { return turns_.now_ == number; });
    }
    ~Hold() {
      const std::lock_guard lock(turns_.mutex_);
      ++turns_.now_;
      turns_.changed_.notify_all();
    }
    Hold(const Hold&) = delete;
    Hold& operator=(const Hold&) = delete;

   private:
    Turns& turns_;
  };

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::uint64_t now_ = 0;
};

}  // namespace dsprep
