#include "lib/gpu/feed.h"

#include <algorithm>
#include <system_error>
#include <utility>

#include "dsprep/error.h"
#include "lib/data/lane.h"

namespace dsprep::cuda {
namespace {

void check(const GpuOptions& gpu) {
  if (gpu.device == nullptr)
    throw Error(ErrorCode::kUsage, "GpuOptions::device names no device", {},
                "cuda::open(0) of dsprep/cuda.h, or cuda::standin()");
  if (gpu.slots == 0 || gpu.slots > 1024)
    throw Error(ErrorCode::kUsage, "GpuOptions::slots must be from 1 to 1024");
}

bool any_ragged(const Loader& loader) {
  return std::ranges::any_of(loader.fields(), [](const Field& field) { return field.ragged(); });
}

}  // namespace

Feed::Feed(SourcePtr from, LoaderOptions options, GpuOptions gpu)
    : gpu_(std::move(gpu)), timeout_(std::exchange(options.timeout, {})) {
  check(gpu_);
  memory_ = std::make_shared<HostMemory>(gpu_.device);
  std::vector<std::unique_ptr<Work>> works;
  for (const DeviceTransform& transform : gpu_.transforms)
    works.push_back(make_work(transform, *from, options));
  if (!options.memory.allocate && !options.memory.release) {
    options.memory = {
        [memory = memory_](std::size_t bytes) { return memory->allocate(bytes); },
        [memory = memory_](void* at, std::size_t bytes) { memory->release(at, bytes); }};
  }
  // Those that are on their way, and one that waits for a device slot, are no batches made ahead.
  options.prefetch = std::min(options.prefetch, 1000U) + static_cast<unsigned>(kTransits);
  const bool gather = options.collate && options.collate->completes();
  loader_ = std::make_unique<Loader>(std::move(from), std::move(options));
  sender_ = std::make_unique<Sender>(gpu_, memory_, std::move(works),
                                     any_ragged(*loader_) || gather, gather);
  for (std::size_t i = 0; i < gpu_.slots; ++i) {
    DeviceSlot& slot = slots_.emplace_back(*gpu_.device);
    slot.index = i;
    slot.ready = own_event(*gpu_.device);
    sender_->reserve(slot, gpu_.slot_bytes);
    free_.push_back(&slot);
  }
  state_ = loader_->state();
  try {
    thread_ = std::thread([this] { feed_loop(); });
  } catch (const std::system_error&) {
    throw Error(ErrorCode::kIo, "the system starts no more threads");
  }
}

Feed::~Feed() {
  stop();
  for (DeviceSlot& slot : slots_) {
    try {
      for (std::size_t i = 0; i < slot.use_count; ++i)
        gpu_.device->synchronize(slot.uses[i].over.get());
      if (slot.used) gpu_.device->synchronize(slot.ready.get());
    } catch (...) {  // a device that has failed uses nothing any more
    }
  }
}

void Feed::stop() noexcept {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
    cancel_run();
  }
  work_.notify_all();
  if (thread_.joinable()) thread_.join();
  sender_.reset();  // waits for the copies, which read the loader's slots
  loader_.reset();
}

// The feeding thread.

void Feed::feed_loop() noexcept {
  std::exception_ptr attached;
  try {
    gpu_.device->attach_thread();
  } catch (...) {
    attached = std::current_exception();
  }
  Lock lock(mutex_);
  for (;;) {
    work_.wait(lock, [this] { return stop_ || feeding_; });
    if (stop_) return;
    std::optional<Epoch> host = std::exchange(run_.host, std::nullopt);
    lock.unlock();
    std::exception_ptr failure = attached;
    try {
      if (!failure) feed(*host);
    } catch (...) {
      failure = std::current_exception();
    }
    lock.lock();
    run_.failure = failure;
    run_.finished = true;
    ready_.notify_all();
    lock.unlock();
    host.reset();
    try {
      if (sender_) sender_->retire_all();
    } catch (...) {
      failure = std::current_exception();
    }
    lock.lock();
    if (failure && !run_.failure) broken_ = failure;  // the device's
    const SendTimes times = sender_->take_times();
    counters_.copy_ns += times.copy_ns;
    counters_.timed_bytes += times.bytes;
    feeding_ = false;
    ready_.notify_all();
  }
}

void Feed::feed(Epoch& host) {
  for (;;) {
    sender_->retire_done();
    std::optional<Batch> batch = host.next();
    if (!batch) return;
    std::string state = loader_->state();
    DeviceSlot* slot = take_free();
    if (slot == nullptr) return;
    try {
      sender_->send(std::move(*batch), *slot);
    } catch (...) {
      const std::lock_guard lock(mutex_);
      make_free(*slot);
      throw;
    }
    slot->state = std::move(state);
    publish(*slot);
  }
}

// Null where the run is over.
DeviceSlot* Feed::take_free() {
  Lock lock(mutex_);
  work_.wait(lock, [this] { return stop_ || run_.cancelled || !free_.empty(); });
  if (stop_ || run_.cancelled) return nullptr;
  DeviceSlot* slot = free_.front();
  free_.pop_front();
  slot->status = DeviceSlot::State::kFilling;
  return slot;
}

void Feed::publish(DeviceSlot& slot) {
  const SendTimes times = sender_->take_times();
  const std::lock_guard lock(mutex_);
  counters_.bytes += slot.bytes;
  counters_.copy_ns += times.copy_ns;
  counters_.timed_bytes += times.bytes;
  if (run_.cancelled) return make_free(slot);
  slot.status = DeviceSlot::State::kReady;
  waiting_.push_back(&slot);
  ready_.notify_all();
}

void Feed::make_free(DeviceSlot& slot) noexcept {
  slot.status = DeviceSlot::State::kFree;
  free_.push_back(&slot);
  work_.notify_all();
}

// The consumer.

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
  const auto there = [this] { return !waiting_.empty() || run_.finished; };
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
