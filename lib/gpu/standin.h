// Standin: a device made of this machine's memory and threads, with the order of events that CUDA
// promises and no more. What a stream may do late, it does late; memory that is used behind its end
// or after it was freed is a fault. Members may be called by any number of threads.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "dsprep/draw.h"
#include "lib/gpu/device.h"

namespace dsprep::cuda {

class Standin final : public Device {
 public:
  explicit Standin(const StandinOptions& options);
  ~Standin() override;
  Standin(const Standin&) = delete;

  /// What a kernel of the consumer does: runs when the stream comes to it.
  void enqueue(Stream stream, std::function<void()> work);
  /// Waits until the stream has done all it was given.
  void synchronize(Stream stream);
  /// What went wrong inside of streams; empty: nothing.
  std::vector<std::string> faults() const;
  std::size_t allocated() const;  ///< bytes of the device now
  std::size_t pinned() const;     ///< blocks that are locked now

  std::string name() const override { return "standin"; }
  int ordinal() const noexcept override { return 0; }
  int numa_node() const noexcept override { return -1; }
  void attach_thread() override {}
  std::string pin(void* memory, std::size_t bytes) override;
  void unpin(void* memory) noexcept override;
  void* allocate(std::size_t bytes) override;
  void free(void* memory) noexcept override;
  Stream make_stream() override;
  void destroy(Stream stream) noexcept override;
  Event make_event(bool timed) override;
  void destroy(Event event) noexcept override;
  void record(Event event, Stream stream) override;
  void wait(Stream stream, Event event) override;
  void synchronize(Event event) override;
  bool done(Event event) override;
  double elapsed_ms(Event begin, Event end) override;
  void copy(void* to, const void* from, std::size_t bytes, Direction direction,
            Stream stream) override;
  void run(const PixelJob& job, Stream stream) override;
  void run(const TokenJob& job, Stream stream) override;

 private:
  struct Queue;
  struct State {  // of an event
    std::mutex mutex;
    std::condition_variable changed;
    std::uint64_t recorded = 0, completed = 0, ns = 0;
    std::weak_ptr<Queue> queue;  // of the last record
  };
  struct Operation {
    std::shared_ptr<State> awaited;  // until this many of its records are done
    std::uint64_t count = 0;
    std::function<void()> work;
  };
  struct Queue {
    std::mutex mutex;
    std::condition_variable changed;
    std::deque<Operation> operations;
    bool busy = false, stop = false;
    std::uint64_t state = 0;  // of its delays
    std::thread thread;
  };
  using QueuePtr = std::shared_ptr<Queue>;

  QueuePtr add_queue();
  QueuePtr queue_of(Stream stream);
  std::shared_ptr<State> state_of(Event event);
  void push(Stream stream, Operation operation);
  void work_loop(Queue& queue);
  void perform(const Operation& operation);
  void force(State& state, std::uint64_t count);
  bool step(Queue& queue);
  void some_progress();
  void check(const void* memory, std::size_t bytes, const char* what);
  void fault(std::string text);
  static std::uint64_t completed(State& state);

  StandinOptions options_;
  mutable std::mutex mutex_;  // of what follows; never held while work runs
  std::map<Stream, QueuePtr> queues_;
  std::map<Event, std::shared_ptr<State>> events_;
  std::map<const std::byte*, std::size_t> blocks_;
  std::map<const void*, std::size_t> pinned_;
  std::size_t allocated_ = 0;
  std::uintptr_t handles_ = 0;
  std::vector<std::string> faults_;
  std::recursive_mutex lazy_;  // kLazy: one thread at a time does what stands in streams
  std::uint64_t chances_ = 0;
};

std::shared_ptr<Standin> make_standin(const StandinOptions& options);

}  // namespace dsprep::cuda
