#include "lib/gpu/standin.h"

#include <chrono>
#include <cstring>
#include <new>

#include "dsprep/error.h"
#include "lib/data/lane.h"
#include "lib/gpu/run_on_host.h"

namespace dsprep::cuda {
namespace {

constexpr std::align_val_t kAlignment{256};
constexpr int kPoison = 0xcd;  // what nobody has written

}  // namespace

std::shared_ptr<Standin> make_standin(const StandinOptions& options) {
  return std::make_shared<Standin>(options);
}
DevicePtr standin(const StandinOptions& options) { return make_standin(options); }
std::string device_name(const Device& device) { return device.name(); }

Standin::Standin(const StandinOptions& options) : options_(options) {
  queues_.emplace(nullptr, add_queue());  // the default stream
}

Standin::~Standin() {
  while (!queues_.empty()) destroy(queues_.begin()->first);
  for (const auto& [memory, bytes] : blocks_)
    ::operator delete(const_cast<std::byte*>(memory), kAlignment);
}

// Streams.

Standin::QueuePtr Standin::add_queue() {
  auto queue = std::make_shared<Queue>();
  queue->state = mix(options_.seed, ++handles_);
  if (options_.order == StandinOrder::kThreads)
    queue->thread = std::thread([this, raw = queue.get()] { work_loop(*raw); });
  return queue;
}

Stream Standin::make_stream() {
  const std::lock_guard lock(mutex_);
  QueuePtr queue = add_queue();
  const auto stream = reinterpret_cast<Stream>(handles_);
  queues_.emplace(stream, std::move(queue));
  return stream;
}

// As in CUDA, what stands in it is still done.
void Standin::destroy(Stream stream) noexcept {
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

Standin::QueuePtr Standin::queue_of(Stream stream) {
  const std::lock_guard lock(mutex_);
  const auto found = queues_.find(stream);
  if (found == queues_.end())
    throw Error(ErrorCode::kUsage, "a stream that is not, or no longer, one of the stand-in's");
  return found->second;
}

void Standin::push(Stream stream, Operation operation) {
  const QueuePtr queue = queue_of(stream);
  {
    const std::lock_guard lock(queue->mutex);
    queue->operations.push_back(std::move(operation));
  }
  queue->changed.notify_all();
  some_progress();
}

void Standin::work_loop(Queue& queue) {
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
    perform(operation);
    lock.lock();
    queue.busy = false;
    queue.changed.notify_all();
  }
}

void Standin::perform(const Operation& operation) {
  if (operation.work) operation.work();
}

void Standin::enqueue(Stream stream, std::function<void()> work) {
  push(stream, {nullptr, 0, std::move(work)});
}

void Standin::synchronize(Stream stream) {
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

Event Standin::make_event(bool) {
  const std::lock_guard lock(mutex_);
  const auto event = reinterpret_cast<Event>(++handles_);
  events_.emplace(event, std::make_shared<State>());
  return event;
}

void Standin::destroy(Event event) noexcept {
  const std::lock_guard lock(mutex_);
  events_.erase(event);
}

std::shared_ptr<Standin::State> Standin::state_of(Event event) {
  const std::lock_guard lock(mutex_);
  const auto found = events_.find(event);
  if (found == events_.end()) throw Error(ErrorCode::kUsage, "an event that is none");
  return found->second;
}

void Standin::record(Event event, Stream stream) {
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

void Standin::wait(Stream stream, Event event) {
  const std::shared_ptr<State> state = state_of(event);
  std::uint64_t count = 0;
  {
    const std::lock_guard lock(state->mutex);
    count = state->recorded;
  }
  push(stream, {state, count, {}});
}

std::uint64_t Standin::completed(State& state) {
  const std::lock_guard lock(state.mutex);
  return state.completed;
}

void Standin::synchronize(Event event) {
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

bool Standin::done(Event event) {
  some_progress();
  const std::shared_ptr<State> state = state_of(event);
  const std::lock_guard lock(state->mutex);
  return state->completed >= state->recorded;
}

double Standin::elapsed_ms(Event begin, Event end) {
  const std::shared_ptr<State> from = state_of(begin), to = state_of(end);
  return static_cast<double>(to->ns - from->ns) * 1e-6;
}

// kLazy: does the first operation of a queue, and what it waits for. False where there is none.
bool Standin::step(Queue& queue) {
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
  perform(operation);
  return true;
}

void Standin::force(State& state, std::uint64_t count) {
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

void Standin::some_progress() {
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

// Memory.

std::string Standin::pin(void* memory, std::size_t bytes) {
  if (options_.refuse_pinning) return "the stand-in was told to refuse";
  const std::lock_guard lock(mutex_);
  pinned_.emplace(memory, bytes);
  return {};
}

void Standin::unpin(void* memory) noexcept {
  const std::lock_guard lock(mutex_);
  if (pinned_.erase(memory) == 0) faults_.emplace_back("memory is unlocked that was not locked");
}

void* Standin::allocate(std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  if (options_.memory_bytes != 0 && allocated_ + bytes > options_.memory_bytes)
    throw Error(ErrorCode::kTooLarge, "the stand-in has no " + std::to_string(bytes) + " bytes");
  auto* memory = static_cast<std::byte*>(::operator new(bytes, kAlignment));
  std::memset(memory, kPoison, bytes);
  blocks_.emplace(memory, bytes);
  allocated_ += bytes;
  return memory;
}

void Standin::free(void* memory) noexcept {
  if (memory == nullptr) return;
  const std::lock_guard lock(mutex_);
  const auto found = blocks_.find(static_cast<std::byte*>(memory));
  if (found == blocks_.end()) {
    faults_.emplace_back("memory is freed that was not allocated");
    return;
  }
  allocated_ -= found->second;
  blocks_.erase(found);
  ::operator delete(memory, kAlignment);
}

void Standin::check(const void* memory, std::size_t bytes, const char* what) {
  const std::lock_guard lock(mutex_);
  const auto* begin = static_cast<const std::byte*>(memory);
  auto block = blocks_.upper_bound(begin);
  const bool inside =
      block != blocks_.begin() && (--block, begin + bytes <= block->first + block->second);
  if (!inside) faults_.push_back(std::string(what) + " touches memory that is not the device's");
}

void Standin::copy(void* to, const void* from, std::size_t bytes, Direction direction,
                   Stream stream) {
  enqueue(stream, [this, to, from, bytes, direction] {
    if (direction != Direction::kToHost) check(to, bytes, "a copy");
    if (direction != Direction::kToDevice) check(from, bytes, "a copy");
    if (bytes != 0) std::memcpy(to, from, bytes);
  });
}

void Standin::run(const PixelJob& job, Stream stream) {
  enqueue(stream, [this, job] {
    check(job.out, 1, "a job");
    run_on_host(job);
  });
}

void Standin::run(const TokenJob& job, Stream stream) {
  enqueue(stream, [this, job] {
    check(job.ids, job.length == 0 ? 0 : 1, "a job");
    run_on_host(job);
  });
}

std::vector<std::string> Standin::faults() const {
  const std::lock_guard lock(mutex_);
  return faults_;
}
std::size_t Standin::allocated() const {
  const std::lock_guard lock(mutex_);
  return allocated_;
}
std::size_t Standin::pinned() const {
  const std::lock_guard lock(mutex_);
  return pinned_.size();
}

}  // namespace dsprep::cuda
