// What a Feed's consumer calls: to begin a run, to take batches and let go of them.
#include <algorithm>
#include <utility>

#include "dsprep/error.h"
#include "lib/data/lane.h"
#include "lib/gpu/feed.h"

namespace dsprep::cuda {

void Feed::cancel_run() noexcept {
  run_.cancelled = true;
  for (DeviceSlot* slot : waiting_) make_free(*slot);
  waiting_.clear();
  work_.notify_all();
}

void Feed::cancel(std::uint64_t run) noexcept {
  const std::lock_guard lock(mutex_);
  if (run == run_.number) cancel_run();
}

void Feed::wait_idle(Lock& lock) {
  const auto idle = [this] { return !feeding_; };
  if (timeout_.count() == 0)
    ready_.wait(lock, idle);
  else if (!ready_.wait_for(lock, timeout_, idle))
    throw_timeout();
}

std::uint64_t Feed::start(std::uint64_t epoch) {
  Lock lock(mutex_);
  if (broken_) std::rethrow_exception(broken_);
  cancel_run();
  wait_idle(lock);
  lock.unlock();  // some orders take a while to make
  Epoch host = loader_->epoch(epoch);
  const std::uint64_t steps = host.steps();
  std::string state = loader_->state();
  lock.lock();
  run_.number += 1;
  run_.steps = steps;
  run_.delivered = 0;
  run_.host.emplace(std::move(host));
  run_.failure = nullptr;
  run_.cancelled = run_.finished = false;
  state_ = std::move(state);
  feeding_ = true;
  work_.notify_all();
  return run_.number;
}

std::uint64_t Feed::steps(std::uint64_t run) const noexcept {
  const std::lock_guard lock(mutex_);
  return run == run_.number ? run_.steps : 0;
}

std::optional<DeviceBatch> Feed::next(std::uint64_t run, Stream stream) {
  Lock lock(mutex_);
  if (broken_) std::rethrow_exception(broken_);
  if (run != run_.number || stop_ || run_.cancelled)
    throw Error(ErrorCode::kUsage, "this epoch is over: the loader has begun another one");
  if (waiting_.empty() && !run_.finished) {
    const std::uint64_t begin = now_ns();
    wait_for_batch(lock);
    counters_.wait_ns += now_ns() - begin;
    if (broken_) std::rethrow_exception(broken_);  // meanwhile, by another thread's lease
  }
  if (waiting_.empty()) {
    if (run_.failure) std::rethrow_exception(run_.failure);
    return std::nullopt;
  }
  DeviceSlot& slot = *waiting_.front();
  use(slot, stream);
  waiting_.pop_front();
  slot.status = DeviceSlot::State::kLeased;
  slot.refs.store(0, std::memory_order_relaxed);
  state_ = slot.state;
  ++run_.delivered;
  ++counters_.batches;
  counters_.samples += slot.samples.size();
  return DeviceBatch(DeviceShare(shared_from_this(), &slot));
}

void Feed::wait_for_batch(Lock& lock) {
  const bool all_held = std::ranges::all_of(
      slots_, [](const DeviceSlot& slot) { return slot.status == DeviceSlot::State::kLeased; });
  if (all_held && run_.delivered < run_.steps) {
    throw Error(ErrorCode::kUsage,
                "all " + std::to_string(slots_.size()) + " batches of the device are held", {},
                "let go of batches, or raise GpuOptions::slots");
  }
  const auto there = [this] { return !waiting_.empty() || run_.finished || broken_; };
  if (timeout_.count() == 0)
    ready_.wait(lock, there);
  else if (!ready_.wait_for(lock, timeout_, there))
    throw_timeout();
}

void Feed::throw_timeout() const {
  throw Error(ErrorCode::kIo,
              "no batch for " + gpu_.device->name() + " within " +
                  std::to_string(timeout_.count()) + " ms; " + loader_->status(),
              {}, "a batch may still come: call next() again, or raise timeout");
}

// The stream waits for the batch, and the slot's next copy for the stream.
void Feed::use(DeviceSlot& slot, Stream stream) {
  if (slot.use_count == slot.uses.size()) slot.uses.push_back({nullptr, own_event(*gpu_.device)});
  gpu_.device->wait(stream, slot.ready.get());
  slot.uses[slot.use_count++].stream = stream;
}

void Feed::also_on(DeviceSlot& slot, Stream stream) {
  for (std::size_t i = 0; i < slot.use_count; ++i)
    if (slot.uses[i].stream == stream) return;
  use(slot, stream);
}

void Feed::release(DeviceSlot& slot) noexcept {
  if (slot.refs.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  std::exception_ptr failure;
  try {
    for (std::size_t i = 0; i < slot.use_count; ++i)
      gpu_.device->record(slot.uses[i].over.get(), slot.uses[i].stream);
  } catch (...) {
    failure = std::current_exception();
  }
  const std::lock_guard lock(mutex_);
  if (failure) {
    // Nobody knows when the stream is done with the slot: it is never used again.
    broken_ = failure;
    cancel_run();
    ready_.notify_all();
    return;
  }
  make_free(slot);
}

std::string Feed::state() const {
  const std::lock_guard lock(mutex_);
  return state_;
}

std::uint64_t Feed::resume(std::string_view state) {
  Lock lock(mutex_);
  cancel_run();
  wait_idle(lock);
  const std::uint64_t epoch = loader_->resume(state);
  state_ = state;
  return epoch;
}

GpuCounters Feed::counters() const {
  const std::lock_guard lock(mutex_);
  return counters_;
}

std::uint64_t Feed::device_bytes() const {
  const std::lock_guard lock(mutex_);
  std::uint64_t bytes = 0;
  for (const DeviceSlot& slot : slots_) bytes += slot.capacity.load(std::memory_order_relaxed);
  return bytes;
}

}  // namespace dsprep::cuda
