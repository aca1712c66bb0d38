// Ring: the slots of a loader, the threads that fill them, and who waits for whom.
//
//   free -> planning (one thread) -> filling (many) -> ready -> leased -> free
//
// One lock guards the states; samples are made outside of it. Threads take runs of samples of the
// oldest batch that has any left, else plan the next batch, so that batches become ready in their
// order. Slots are as many as prefetch + 1.
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "lib/data/patience.h"
#include "lib/data/slots.h"

namespace dsprep {

class Ring : public std::enable_shared_from_this<Ring> {
 public:
  Ring(SourcePtr from, LoaderOptions options);
  ~Ring();
  Ring(const Ring&) = delete;
  Ring& operator=(const Ring&) = delete;

  /// Ends all threads; leases stay valid.
  void stop() noexcept;
  /// Begins a run, after the one before has ended; gives its number.
  std::uint64_t start(std::uint64_t epoch);
  void cancel(std::uint64_t run) noexcept;
  std::optional<Batch> next(std::uint64_t run);
  void retain(RingSlot& slot) noexcept { slot.refs.fetch_add(1, std::memory_order_relaxed); }
  void release(RingSlot& slot) noexcept;

  const Pipeline& pipeline() const noexcept { return pipeline_; }
  std::uint64_t steps(std::uint64_t run) const noexcept;
  std::string state() const;
  std::uint64_t resume(std::string_view state);
  LoaderCounters counters() const;
  std::string status() const;
  std::uint64_t memory_bytes() const;
  void write_trace(const std::filesystem::path& file);

 private:
  using Lock = std::unique_lock<std::mutex>;
  using State = RingSlot::State;
  struct Run {
    std::uint64_t number = 0, epoch = 0;
    std::unique_ptr<EpochOrder> order;
    Share share{Topology{}, 0, 0};
    std::uint64_t planned = 0, delivered = 0, rows = 0;  // steps, steps, valid rows
    std::exception_ptr failure;
    bool active = false;
  };
  struct Mark {  // where the last batch that was taken ends
    std::uint64_t epoch = 0, position = 0;
  };

  struct Identity {  // what a checkpoint is bound to
    std::string data, sampler;
  };

  void work_loop(Lane& lane);
  bool work(Lock& lock, Lane& lane);
  void fill_some(Lock& lock, Lane& lane, RingSlot& slot);
  bool plan_next(Lock& lock, Lane& lane);
  void finish(Lock& lock, Lane& lane, RingSlot& slot);
  void complete(Lock& lock, Lane& lane, RingSlot& slot);
  void make_free(RingSlot& slot) noexcept;
  void end_run() noexcept;
  void wait_quiet(Lock& lock);
  void wait_for_batch(Lock& lock);
  std::optional<Batch> deliver(RingSlot& slot);
  bool far_enough() const noexcept;
  [[noreturn]] void throw_timeout() const;
  void check_end() const;
  const Identity& identity() const;

  Pipeline pipeline_;
  Slots slots_;
  std::uint64_t slot_limit_;  // bytes
  mutable std::mutex mutex_;
  std::condition_variable work_, ready_;
  Patience patience_;
  std::deque<Lane> lanes_;  // the last one is the caller's
  Run run_;
  Mark taken_;
  std::optional<Mark> resume_;
  mutable std::optional<Identity> identity_;
  bool planning_ = false, stop_ = false, waiting_ = false;
  bool calling_ = false;  // the caller is in wait_for_batch()
  unsigned idle_ = 0;
  LoaderCounters counters_;
  std::vector<std::thread> threads_;
};

}  // namespace dsprep
