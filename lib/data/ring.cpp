#include "lib/data/ring.h"

#include <string>
#include <utility>

#include "dsprep/error.h"

namespace dsprep {

Ring::Ring(SourcePtr from, LoaderOptions options)
    : pipeline_(std::move(from), std::move(options)),
      slots_(pipeline_.options().prefetch + std::size_t{1}, &pipeline_.options().memory, this),
      slot_limit_(pipeline_.options().memory_bytes / slots_.size()) {
  const LoaderOptions& wanted = pipeline_.options();
  for (unsigned i = 0; i <= wanted.threads; ++i) pipeline_.prepare(lanes_.emplace_back());
  try {
    for (unsigned i = 0; i < wanted.threads; ++i)
      threads_.emplace_back([this, i] { work_loop(lanes_[i]); });
  } catch (...) {
    stop();
    throw Error(ErrorCode::kIo, "the system starts no more threads");
  }
}

Ring::~Ring() { stop(); }

void Ring::stop() noexcept {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
    end_run();
  }
  work_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

void Ring::make_free(RingSlot& slot) noexcept {
  slots_.make_free(slot);
  patience_.changed();
  if (idle_ == 0) return;
  // To wake a thread for every slot costs more than cheap samples do: it sleeps until half of the
  // slots are free.
  if (!patience_.cheap() || slots_.half_free()) work_.notify_one();
}

// Frees what nobody works on; what somebody works on is freed when he is done.
void Ring::end_run() noexcept {
  run_.active = false;
  for (RingSlot*& slot : slots_.all_in_flight()) {
    if (slot == nullptr) continue;
    slot->abandoned.store(true, std::memory_order_relaxed);
    const bool unused =
        slot->state == State::kReady || (slot->state == State::kFilling && slot->claims == 0);
    if (unused) make_free(*slot);
    slot = nullptr;
  }
}

void Ring::cancel(std::uint64_t run) noexcept {
  const std::lock_guard lock(mutex_);
  if (run == run_.number && run_.active) end_run();
}

void Ring::wait_quiet(Lock& lock) {
  const auto timeout = pipeline_.options().timeout;
  waiting_ = true;
  const auto still = [this] { return !planning_ && slots_.quiet(); };
  if (timeout.count() == 0) {
    ready_.wait(lock, still);
  } else if (!ready_.wait_for(lock, timeout, still)) {
    waiting_ = false;
    throw_timeout();
  }
  waiting_ = false;
}

std::uint64_t Ring::start(std::uint64_t epoch) {
  Lock lock(mutex_);
  if (resume_ && resume_->epoch != epoch)
    throw Error(ErrorCode::kUsage,
                "the checkpoint goes on in epoch " + std::to_string(resume_->epoch) +
                    ", and epoch " + std::to_string(epoch) + " was asked for",
                {}, "begin with the epoch that resume() returns");
  end_run();
  wait_quiet(lock);
  const std::uint64_t first = resume_ ? resume_->position : 0;
  Share share(pipeline_.topology(), pipeline_.sampler().rows(), first);
  lock.unlock();  // some orders take a while to make
  std::unique_ptr<EpochOrder> order = pipeline_.sampler().epoch(epoch);
  lock.lock();
  resume_.reset();
  const std::uint64_t number = run_.number + 1;
  run_ = {.number = number,
          .epoch = epoch,
          .order = std::move(order),
          .share = share,
          .planned = 0,
          .delivered = 0,
          .rows = 0,
          .failure = nullptr,
          .active = true};
  taken_ = {epoch, first};
  patience_.changed();
  work_.notify_all();
  return number;
}

std::uint64_t Ring::steps(std::uint64_t run) const noexcept {
  const std::lock_guard lock(mutex_);
  return run == run_.number ? run_.share.steps() : 0;
}

std::optional<Batch> Ring::next(std::uint64_t run) {
  Lock lock(mutex_, std::defer_lock);
  relock(lock);
  const bool left = !run_.active && !run_.failure && run_.delivered < run_.share.steps();
  if (stop_) throw Error(ErrorCode::kUsage, "this epoch is over: its loader is gone");
  if (run != run_.number || left)
    throw Error(ErrorCode::kUsage, "this epoch is over: the loader has begun another one");
  if (run_.failure) std::rethrow_exception(run_.failure);
  if (run_.delivered == run_.share.steps()) {
    check_end();
    run_.active = false;
    return std::nullopt;
  }
  RingSlot* slot = slots_.in_flight(run_.delivered);
  if (slot == nullptr || slot->state != State::kReady) {
    const std::uint64_t begin = now_ns();
    struct Calling {  // the threads may go on ahead again, however the wait ends
      explicit Calling(bool& flag) : calling(flag) { calling = true; }
      ~Calling() { calling = false; }
      bool& calling;
    };
    {
      const Calling calling(calling_);
      wait_for_batch(lock);
    }
    patience_.changed();
    if (idle_ > 0) work_.notify_one();
    counters_.wait_data_ns += now_ns() - begin;
    slot = slots_.in_flight(run_.delivered);
  }
  return deliver(*slot);
}

void Ring::wait_for_batch(Lock& lock) {
  const auto there = [this] {
    const RingSlot* slot = slots_.in_flight(run_.delivered);
    return slot != nullptr && slot->state == State::kReady;
  };
  if (slots_.all_leased()) {
    throw Error(ErrorCode::kUsage,
                std::to_string(slots_.size()) + " batches are held, and prefetch is " +
                    std::to_string(pipeline_.options().prefetch),
                {}, "let go of batches, or raise prefetch");
  }
  // Where samples are cheap the caller makes some itself: less than it costs to sleep and be woken.
  // Not with a timeout: a read that does not come back would hold it.
  const auto timeout = pipeline_.options().timeout;
  const auto help = [&] {
    return (threads_.empty() || timeout.count() == 0) && work(lock, lanes_.back());
  };
  while (!there() && (threads_.empty() || patience_.cheap())) {
    if (help()) continue;
    if (threads_.empty())
      throw Error(ErrorCode::kInternal, "a batch is missing, and nothing is left to do for it");
    if (!patience_.linger(lock, [&] { return there() || help(); })) break;
  }
  waiting_ = true;
  if (timeout.count() == 0) {
    ready_.wait(lock, there);
  } else if (!ready_.wait_for(lock, timeout, there)) {
    waiting_ = false;
    throw_timeout();
  }
  waiting_ = false;
}

std::optional<Batch> Ring::deliver(RingSlot& slot) {
  if (slot.error) {
    run_.failure = slot.error;
    end_run();
    std::rethrow_exception(run_.failure);
  }
  slots_.in_flight(run_.delivered) = nullptr;
  ++run_.delivered;
  run_.rows += slot.valid_rows;
  taken_ = {slot.epoch, slot.end};
  ++counters_.batches;
  counters_.samples += slot.samples.size();
  for (const Tensor& tensor : slot.tensors) counters_.bytes += tensor.bytes.size();
  slot.state = State::kLeased;
  slot.refs.store(0, std::memory_order_relaxed);
  return std::optional<Batch>(std::in_place, BatchRef(shared_from_this(), &slot));
}

// The end is proved, not assumed: as many rows as the plan of the epoch has.
void Ring::check_end() const {
  if (run_.rows == run_.share.valid_rows()) return;
  throw Error(ErrorCode::kInternal, "the epoch delivered " + std::to_string(run_.rows) +
                                        " rows, its plan has " +
                                        std::to_string(run_.share.valid_rows()));
}

void Ring::release(RingSlot& slot) noexcept {
  if (slot.refs.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  Lock lock(mutex_, std::defer_lock);
  relock(lock);
  make_free(slot);
}

}  // namespace dsprep
