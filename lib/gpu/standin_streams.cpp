#include "lib/gpu/standin_streams.h"

#include <algorithm>
#include <chrono>

#include "dsprep/error.h"
#include "lib/data/lane.h"

namespace dsprep::cuda {

StandinStreams::StandinStreams(const StandinOptions& options) : options_(options) {
  queues_.emplace(nullptr, add_queue());  // the default stream
}

StandinStreams::~StandinStreams() {
  while (!queues_.empty()) destroy(queues_.begin()->first);
}

StandinStreams::QueuePtr StandinStreams::add_queue() {
  auto queue = std::make_shared<Queue>();
  queue->state = mix(options_.seed, ++handles_);
  if (options_.order == StandinOrder::kThreads)
    queue->thread = std::thread([this, raw = queue.get()] { work_loop(*raw); });
  return queue;
}

Stream StandinStreams::make_stream() {
  const std::lock_guard lock(mutex_);
  QueuePtr queue = add_queue();
  const auto stream = reinterpret_cast<Stream>(handles_);
  queues_.emplace(stream, std::move(queue));
  return stream;
}

void StandinStreams::destroy(Stream stream) noexcept {
  QueuePtr queue;
  {
    const std::lock_guard lock(mutex_);
    const auto found = queues_.find(stream);
    if (found == queues_.end()) return;
    queue = found->second;
  }
  synchronize(stream);
  {
    const std::lock_guard lock(mutex_);
    queues_.erase(stream);
  }
  {
    const std::lock_guard lock(queue->mutex);
    queue->stop = true;
  }
  queue->changed.notify_all();
  if (queue->thread.joinable()) queue->thread.join();
}

StandinStreams::QueuePtr StandinStreams::queue_of(Stream stream) {
  const std::lock_guard lock(mutex_);
  const auto found = queues_.find(stream);
  if (found == queues_.end())
    throw Error(ErrorCode::kUsage, "a stream that is not, or no longer, one of the stand-in's");
  return found->second;
}

void StandinStreams::push(Stream stream, Operation operation) {
  const QueuePtr queue = queue_of(stream);
  {
    const std::lock_guard lock(queue->mutex);
    queue->operations.push_back(std::move(operation));
  }
  queue->changed.notify_all();
  some_progress();
}

void StandinStreams::work_loop(Queue& queue) {
  std::unique_lock lock(queue.mutex);
  for (;;) {
    queue.changed.wait(lock, [&] { return queue.stop || !queue.operations.empty(); });
    if (queue.operations.empty()) return;
    const Operation operation = std::move(queue.operations.front());
    queue.operations.pop_front();
    queue.busy = true;
    lock.unlock();
    if (options_.delay_us != 0) {
      queue.state = mix(queue.state, 1);
      std::this_thread::sleep_for(
          std::chrono::microseconds(queue.state % (options_.delay_us + std::uint64_t{1})));
    }
    if (operation.awaited) {
      std::unique_lock waiting(operation.awaited->mutex);
      operation.awaited->changed.wait(
          waiting, [&] { return operation.awaited->completed >= operation.count; });
    }
    if (operation.work) operation.work();
    lock.lock();
    queue.busy = false;
    queue.changed.notify_all();
  }
}

void StandinStreams::enqueue(Stream stream, std::function<void()> work) {
  push(stream, {nullptr, 0, std::move(work)});
}

void StandinStreams::synchronize(Stream stream) {
  const QueuePtr queue = queue_of(stream);
  if (options_.order == StandinOrder::kLazy) {
    const std::lock_guard lazy(lazy_);
    while (step(*queue)) continue;
    return;
  }
  std::unique_lock lock(queue->mutex);
  queue->changed.wait(lock, [&] { return queue->operations.empty() && !queue->busy; });
}

// Events.

Event StandinStreams::make_event() {
  const std::lock_guard lock(mutex_);
  const auto event = reinterpret_cast<Event>(++handles_);
  events_.emplace(event, std::make_shared<State>());
  return event;
}

void StandinStreams::destroy(Event event) noexcept {
  const std::lock_guard lock(mutex_);
  events_.erase(event);
}

std::shared_ptr<StandinStreams::State> StandinStreams::state_of(Event event) {
  const std::lock_guard lock(mutex_);
  const auto found = events_.find(event);
  if (found == events_.end()) throw Error(ErrorCode::kUsage, "an event that is none");
  return found->second;
}

void StandinStreams::record(Event event, Stream stream) {
  const std::shared_ptr<State> state = state_of(event);
  const QueuePtr queue = queue_of(stream);
  std::uint64_t number = 0;
  {
    const std::lock_guard lock(state->mutex);
    number = ++state->recorded;
    state->queue = queue;
  }
  push(stream, {nullptr, 0, [state, number] {
                  const std::lock_guard lock(state->mutex);
                  state->completed = std::max(state->completed, number);
                  state->ns = now_ns();
                  state->changed.notify_all();
                }});
}

void StandinStreams::wait(Stream stream, Event event) {
  const std::shared_ptr<State> state = state_of(event);
  std::uint64_t count = 0;
  {
    const std::lock_guard lock(state->mutex);
    count = state->recorded;
  }
  push(stream, {state, count, {}});
}

std::uint64_t StandinStreams::completed(State& state) {
  const std::lock_guard lock(state.mutex);
  return state.completed;
}

void StandinStreams::synchronize(Event event) {
  const std::shared_ptr<State> state = state_of(event);
  std::unique_lock lock(state->mutex);
  const std::uint64_t count = state->recorded;
  if (options_.order == StandinOrder::kLazy) {
    lock.unlock();
    const std::lock_guard lazy(lazy_);
    return force(*state, count);
  }
  state->changed.wait(lock, [&] { return state->completed >= count; });
}

bool StandinStreams::done(Event event) {
  some_progress();
  const std::shared_ptr<State> state = state_of(event);
  const std::lock_guard lock(state->mutex);
  return state->completed >= state->recorded;
}

double StandinStreams::elapsed_ms(Event begin, Event end) {
  const std::shared_ptr<State> from = state_of(begin), to = state_of(end);
  return static_cast<double>(to->ns - from->ns) * 1e-6;
}

// kLazy: does the first operation of a queue, and what it waits for. False where there is none.
bool StandinStreams::step(Queue& queue) {
  Operation operation;
  {
    const std::lock_guard lock(queue.mutex);
    if (queue.operations.empty()) return false;
    operation = queue.operations.front();
  }
  if (operation.awaited) force(*operation.awaited, operation.count);
  {
    const std::lock_guard lock(queue.mutex);
    queue.operations.pop_front();
  }
  if (operation.work) operation.work();
  return true;
}

void StandinStreams::force(State& state, std::uint64_t count) {
  while (completed(state) < count) {
    QueuePtr queue;
    {
      const std::lock_guard lock(state.mutex);
      queue = state.queue.lock();
    }
    // A record may be counted and not stand in its stream yet: another thread is about to put it.
    if (queue == nullptr || !step(*queue)) std::this_thread::yield();
  }
}

void StandinStreams::some_progress() {
  if (options_.order != StandinOrder::kLazy) return;
  const std::lock_guard lazy(lazy_);
  const std::uint64_t chance = mix(options_.seed, ++chances_);
  if (chance % 8 != 0) return;
  std::vector<QueuePtr> queues;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [stream, queue] : queues_) queues.push_back(queue);
  }
  Queue& queue = *queues[(chance >> 8) % queues.size()];
  for (std::uint64_t i = chance >> 16 & 3; i < 4; ++i) step(queue);
}

}  // namespace dsprep::cuda
