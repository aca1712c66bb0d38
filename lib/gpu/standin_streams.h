// StandinStreams: streams and events of the stand-in, with the order that CUDA promises and no
// more. A thread a stream, with random delays; or none, and everything is done as late as can be.
// Members may be called by any number of threads.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <thread>

#include "dsprep/draw.h"
#include "lib/gpu/device.h"

namespace dsprep::cuda {

class StandinStreams {
 public:
  explicit StandinStreams(const StandinOptions& options);
  ~StandinStreams();
  StandinStreams(const StandinStreams&) = delete;

  Stream make_stream();
  void destroy(Stream stream) noexcept;  ///< as in CUDA, what stands in it is still done
  /// Throws kUsage for a stream that is none, as all of these do.
  void enqueue(Stream stream, std::function<void()> work);
  void synchronize(Stream stream);

  Event make_event();
  void destroy(Event event) noexcept;
  void record(Event event, Stream stream);
  void wait(Stream stream, Event event);
  void synchronize(Event event);
  bool done(Event event);
  double elapsed_ms(Event begin, Event end);

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
  void force(State& state, std::uint64_t count);
  bool step(Queue& queue);
  void some_progress();
  static std::uint64_t completed(State& state);

  StandinOptions options_;
  std::mutex mutex_;  // of what follows; never held while work runs
  std::map<Stream, QueuePtr> queues_;
  std::map<Event, std::shared_ptr<State>> events_;
  std::uintptr_t handles_ = 0;
  std::recursive_mutex lazy_;  // kLazy: one thread at a time does what stands in streams
  std::uint64_t chances_ = 0;
};

}  // namespace dsprep::cuda
