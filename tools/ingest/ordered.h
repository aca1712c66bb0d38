// run_ordered: work in parallel, result in order. The heart of the engine: several threads
// transform pieces, and one at a time appends them in their order, so that the output never depends
// on the number of threads.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace dsprep {

/// Runs three functions over a sequence of pieces, with at most `window` of them alive:
///   bool next(Slot&)                     describes the next piece; false at the end. One thread at
///   a time, in order. void transform(Slot&, unsigned id)   does the work; any thread, `id` < jobs
///   tells which (for scratch memory) void append(Slot&)                   takes the result; one
///   thread at a time, in the order of next()
/// A slot is used again and again: its memory may be kept. An exception of transform is thrown when
/// its piece's turn to be appended has come; so the error that comes out is that of the first piece
/// that failed, for any number of threads.
template <class Slot, class Next, class Transform, class Append>
void run_ordered(unsigned jobs, std::size_t window, Next next, Transform transform, Append append);

// ---- implementation

namespace detail {

template <class Slot>
struct Ring {
  struct Place {
    Slot slot;
    std::exception_ptr error;
    bool ready = false;
  };
  explicit Ring(std::size_t window) : places(window) {}
  Place& at(std::uint64_t index) { return places[index % places.size()]; }
  bool turn_has_come() { return !appending && appended < claimed && at(appended).ready; }
  bool has_space() const { return claimed - appended < places.size(); }
  bool finished() const { return stopped || (exhausted && appended == claimed); }

  std::vector<Place> places;
  std::mutex mutex;
  std::condition_variable changed;
  std::uint64_t claimed = 0;
  std::uint64_t appended = 0;
  bool appending = false;
  bool exhausted = false;
  bool stopped = false;
  std::exception_ptr error;
};

template <class Slot>
void stop(Ring<Slot>& ring) {
  ring.stopped = true;
  if (!ring.error) ring.error = std::current_exception();
}

template <class Slot, class Append>
void append_one(Ring<Slot>& ring, std::unique_lock<std::mutex>& lock, Append& append) {
  auto& place = ring.at(ring.appended);
  ring.appending = true;
  lock.unlock();
  try {
    if (place.error) std::rethrow_exception(place.error);
    append(place.slot);
    lock.lock();
  } catch (...) {
    lock.lock();
    stop(ring);
  }
  place.ready = false;
  ++ring.appended;
  ring.appending = false;
  ring.changed.notify_all();
}

template <class Slot, class Next, class Transform>
void transform_one(Ring<Slot>& ring, std::unique_lock<std::mutex>& lock, Next& next,
                   Transform& transform, unsigned id) {
  auto& place = ring.at(ring.claimed);
  try {
    if (!next(place.slot)) ring.exhausted = true;
  } catch (...) {
    stop(ring);
  }
  if (ring.exhausted || ring.stopped) {
    ring.changed.notify_all();
    return;
  }
  ++ring.claimed;
  lock.unlock();
  place.error = nullptr;
  try {
    transform(place.slot, id);
  } catch (...) {
    place.error = std::current_exception();
  }
  lock.lock();
  place.ready = true;
  ring.changed.notify_all();
}

}  // namespace detail

template <class Slot, class Next, class Transform, class Append>
void run_ordered(unsigned jobs, std::size_t window, Next next, Transform transform, Append append) {
  detail::Ring<Slot> ring(window);
  const auto work = [&](unsigned id) {
    std::unique_lock lock(ring.mutex);
    while (!ring.finished()) {
      if (ring.turn_has_come()) {
        detail::append_one(ring, lock, append);
      } else if (!ring.exhausted && ring.has_space()) {
        detail::transform_one(ring, lock, next, transform, id);
      } else {
        ring.changed.wait(lock);
      }
    }
  };
  {
    std::vector<std::jthread> threads;
    for (unsigned id = 1; id < jobs; ++id) threads.emplace_back(work, id);
    work(0);
  }
  if (ring.error) std::rethrow_exception(ring.error);
}

}  // namespace dsprep
