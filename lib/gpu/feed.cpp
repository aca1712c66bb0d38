// A Feed's life, and its thread.
#include "lib/gpu/feed.h"

#include <algorithm>
#include <system_error>
#include <utility>

#include "dsprep/error.h"

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
    // The loader's threads are ours, and allocate for this device alone.
    options.memory = {
        [memory = memory_, device = gpu_.device](std::size_t bytes) {
          device->attach_thread();
          return memory->allocate(bytes);
        },
        [memory = memory_](void* at, std::size_t bytes) { memory->release(at, bytes); }};
  }
  // Those that are on their way, and one that waits for a device slot, are no batches made ahead.
  if (options.prefetch != 0 && options.prefetch <= 1024 - kTransits) options.prefetch += kTransits;
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

}  // namespace dsprep::cuda
