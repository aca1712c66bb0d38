#include "lib/data/ring.h"

#include <algorithm>
#include <utility>

#include "dsprep/error.h"

namespace dsprep {
namespace {

constexpr double kRunNs = 50'000;  // aim of one run of samples: far above the cost of the lock
constexpr double kCheapNs = kRunNs;  // samples that cost more are left to the threads
constexpr double kTimedNs = 20'000;  // samples that cost more are timed all,
constexpr std::uint64_t kTimedEach = 16;  // others one in 16
constexpr std::uint64_t kLingerNs = 20'000;
constexpr std::uint64_t kOwnCache = 1 << 20;  // what a processor's own caches may hold
constexpr int kLockTries = 200;

void pause() noexcept {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

}  // namespace

Ring::Ring(SourcePtr from, LoaderOptions options) : pipeline_(std::move(from), std::move(options)) {
  const LoaderOptions& wanted = pipeline_.options();
  const std::size_t slots = wanted.prefetch + std::size_t{1};
  slot_limit_ = wanted.memory_bytes / slots;
  for (std::size_t i = 0; i < slots; ++i) {
    RingSlot& slot = slots_.emplace_back(&wanted.memory);
    slot.index = i;
    slot.ring = this;
  }
  flight_.resize(slots);
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

bool Ring::cheap() const noexcept { return sample_ns_ > 0 && sample_ns_ < kCheapNs; }

// The one that became free last, so that batches go through as few slots as can be, which the
// caches hold; of small ones first the one that this thread has filled.
RingSlot* Ring::free_slot(const Lane& lane) noexcept {
  RingSlot* best = nullptr;
  const auto rank = [&lane](const RingSlot& slot) {
    return std::pair(slot.user == &lane && slot.memory.capacity() <= kOwnCache, slot.freed);
  };
  for (RingSlot& slot : slots_)
    if (slot.state == State::kFree && (best == nullptr || rank(slot) > rank(*best))) best = &slot;
  return best;
}

// While the caller waits it wants the next batch and no other: what is made beyond would only push
// that one out of the caches. Samples that are not cheap do not notice.
bool Ring::far_enough() const noexcept {
  if (!calling_ || !cheap()) return false;
  const bool small = slots_.front().memory.capacity() <= kOwnCache;
  return run_.planned - run_.delivered >= (small ? threads_.size() + 2 : 2);
}

// The lock is held for less than it takes to sleep and be woken.
void Ring::relock(Lock& lock) const {
  for (int i = 0; i < kLockTries; ++i) {
    if (lock.try_lock()) return;
    pause();
  }
  lock.lock();
}

// Waits awake for a while, where samples are cheap: the next piece of work is then nearer than
// sleep and waking are. True where `there` has come.
template <class There>
bool Ring::linger(Lock& lock, There there) {
  if (!cheap()) return false;
  const std::uint64_t end = now_ns() + kLingerNs;
  while (!there()) {
    const std::uint64_t seen = changes_.load(std::memory_order_relaxed);
    lock.unlock();
    bool same = true;
    while (same && now_ns() < end) {
      pause();
      same = changes_.load(std::memory_order_relaxed) == seen;
    }
    relock(lock);
    if (same) return there();
  }
  return true;
}

bool Ring::all_leased() const noexcept {
  return std::ranges::all_of(slots_, [](const RingSlot& s) { return s.state == State::kLeased; });
}

bool Ring::quiet() const noexcept {
  return !planning_ && std::ranges::all_of(slots_, [](const RingSlot& slot) {
    return slot.state == State::kFree || slot.state == State::kLeased;
  });
}

void Ring::make_free(RingSlot& slot) noexcept {
  slot.state = State::kFree;
  slot.freed = ++freed_;
  slot.error = nullptr;
  changed();
  if (idle_ == 0) return;
  // To wake a thread for every slot costs more than cheap samples do: it sleeps until half of the
  // slots are free.
  const auto free = std::ranges::count(slots_, State::kFree, &RingSlot::state);
  if (!cheap() || 2 * static_cast<std::size_t>(free) >= slots_.size()) work_.notify_one();
}

// Frees what nobody works on; what somebody works on is freed when he is done.
void Ring::end_run() noexcept {
  run_.active = false;
  for (RingSlot*& slot : flight_) {
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

void Ring::wait_quiet(Lock& lock, Lane&) {
  const auto timeout = pipeline_.options().timeout;
  waiting_ = true;
  const auto still = [this] { return quiet(); };
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
  end_run();
  wait_quiet(lock, lanes_.back());
  const std::uint64_t first = resume_ && resume_->epoch == epoch ? resume_->position : 0;
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
  changed();
  work_.notify_all();
  return number;
}

std::uint64_t Ring::steps(std::uint64_t run) const noexcept {
  const std::lock_guard lock(mutex_);
  return run == run_.number ? run_.share.steps() : 0;
}

void Ring::work_loop(Lane& lane) {
  Lock lock(mutex_);
  while (!stop_) {
    if (work(lock, lane)) continue;
    if (run_.active && linger(lock, [&] { return stop_ || work(lock, lane); })) continue;
    const bool starved = run_.active && run_.planned < run_.share.steps() && !planning_;
    const std::uint64_t begin = now_ns();
    ++idle_;
    work_.wait(lock);
    --idle_;
    if (starved) counters_.wait_consumer_ns += now_ns() - begin;
  }
}

// Does one piece of work. False where there is none.
bool Ring::work(Lock& lock, Lane& lane) {
  if (!run_.active) return false;
  for (std::uint64_t step = run_.delivered; step < run_.planned; ++step) {
    RingSlot* slot = in_flight(step);
    if (slot == nullptr || slot->state != State::kFilling || slot->next == slot->samples.size())
      continue;
    fill_some(lock, lane, *slot);
    return true;
  }
  return plan_next(lock, lane);
}

void Ring::fill_some(Lock& lock, Lane& lane, RingSlot& slot) {
  const double each = std::max(sample_ns_, 1.0);
  const auto aim =
      static_cast<std::size_t>(std::clamp(sample_ns_ > 0 ? kRunNs / each : 1, 1.0, 1e6));
  const std::size_t begin = slot.next, end = std::min(slot.samples.size(), begin + aim);
  const std::uint64_t weight = each > kTimedNs || pipeline_.options().trace ? 1 : kTimedEach;
  slot.next = end;
  slot.user = &lane;
  ++slot.claims;
  if (end < slot.samples.size() && idle_ > 0) work_.notify_one();
  lock.unlock();

  std::exception_ptr error;
  std::size_t error_sample = 0;
  const std::uint64_t started = now_ns();
  lane.since.store(started, std::memory_order_relaxed);
  for (std::size_t i = begin; i < end && !slot.abandoned.load(std::memory_order_relaxed); ++i) {
    lane.weight = weight == 1 ? 1 : (i % weight == 0 ? weight : 0);
    try {
      pipeline_.fill(slot, i, lane);
    } catch (...) {
      if (!error) error = std::current_exception(), error_sample = i;
    }
  }
  const auto spent = static_cast<double>(now_ns() - started) / static_cast<double>(end - begin);

  relock(lock);
  sample_ns_ = sample_ns_ > 0 ? sample_ns_ + (spent - sample_ns_) / 8 : spent;
  --slot.claims;
  slot.done += end - begin;
  if (error && (!slot.error || error_sample < slot.error_sample)) {
    slot.error = error;
    slot.error_sample = error_sample;
  }
  finish(lock, slot);
}

void Ring::finish(Lock& lock, RingSlot& slot) {
  if (slot.done == slot.samples.size() && slot.claims == 0 && !slot.error && !slot.abandoned &&
      pipeline_.options().collate->completes()) {
    ++slot.claims;
    lock.unlock();
    std::exception_ptr error;
    try {
      pipeline_.complete(slot);
    } catch (const Error&) {
      error = std::current_exception();
    } catch (const std::exception& other) {
      error = std::make_exception_ptr(
          Error(ErrorCode::kInternal, std::string("the collate function threw: ") + other.what()));
    } catch (...) {
      error = std::make_exception_ptr(
          Error(ErrorCode::kInternal, "the collate function threw no std::exception"));
    }
    relock(lock);
    --slot.claims;
    slot.error = error;
  }
  if (slot.claims == 0 && slot.abandoned.load(std::memory_order_relaxed)) {
    make_free(slot);
    ready_.notify_all();
  } else if (slot.done == slot.samples.size() && slot.claims == 0) {
    slot.state = State::kReady;
    changed();
    if (waiting_ && slot.step == run_.delivered) ready_.notify_all();
  }
}

bool Ring::plan_next(Lock& lock, Lane& lane) {
  if (planning_ || run_.planned == run_.share.steps() || far_enough()) return false;
  RingSlot* slot = free_slot(lane);
  if (slot == nullptr) return false;
  const std::uint64_t step = run_.planned++;
  slot->state = State::kPlanning;
  slot->epoch = run_.epoch;
  slot->run = run_.number;
  slot->next = slot->done = slot->claims = 0;
  slot->abandoned.store(false, std::memory_order_relaxed);
  slot->error = nullptr;
  slot->step = step;
  slot->samples.clear();
  in_flight(step) = slot;
  planning_ = true;
  const bool cheap_now = cheap();
  lock.unlock();
  std::exception_ptr error;
  try {
    pipeline_.plan(*slot, *run_.order, run_.share, step, slot_limit_, cheap_now, lane);
  } catch (...) {
    error = std::current_exception();
  }
  relock(lock);
  planning_ = false;
  if (slot->abandoned.load(std::memory_order_relaxed)) {
    make_free(*slot);
    ready_.notify_all();
    return true;
  }
  slot->error = error;
  slot->state = error ? State::kReady : State::kFilling;
  changed();
  if (error) {
    run_.planned = run_.share.steps();  // nothing behind the fault will be delivered
    if (waiting_) ready_.notify_all();
  } else if (idle_ > 0) {
    work_.notify_one();
  }
  return true;
}

std::optional<Batch> Ring::next(std::uint64_t run) {
  Lock lock(mutex_, std::defer_lock);
  relock(lock);
  const bool left = !run_.active && !run_.failure && run_.delivered < run_.share.steps();
  if (run != run_.number || stop_ || left)
    throw Error(ErrorCode::kUsage, "this epoch is over: the loader has begun another one");
  if (run_.failure) std::rethrow_exception(run_.failure);
  if (run_.delivered == run_.share.steps()) {
    check_end();
    run_.active = false;
    return std::nullopt;
  }
  RingSlot* slot = in_flight(run_.delivered);
  if (slot == nullptr || slot->state != State::kReady) {
    const std::uint64_t begin = now_ns();
    struct Calling {  // the threads may go on ahead again, however the wait ends
      explicit Calling(bool& flag) : calling(flag) { calling = true; }
      ~Calling() { calling = false; }
      bool& calling;
    };
    {
      const Calling calling(calling_);
      wait_for_batch(lock, run);
    }
    changed();
    if (idle_ > 0) work_.notify_one();
    counters_.wait_data_ns += now_ns() - begin;
    slot = in_flight(run_.delivered);
  }
  return deliver(*slot);
}

void Ring::wait_for_batch(Lock& lock, std::uint64_t) {
  const auto there = [this] {
    const RingSlot* slot = in_flight(run_.delivered);
    return slot != nullptr && slot->state == State::kReady;
  };
  if (all_leased()) {
    throw Error(ErrorCode::kUsage,
                std::to_string(slots_.size()) + " batches are held, and prefetch is " +
                    std::to_string(pipeline_.options().prefetch),
                {}, "let go of batches, or raise prefetch");
  }
  // Where samples are cheap the caller makes some itself: less than it costs to sleep and be woken.
  while (!there() && (threads_.empty() || cheap())) {
    if (work(lock, lanes_.back())) continue;
    if (!threads_.empty()) {
      if (linger(lock, [&] { return there() || work(lock, lanes_.back()); })) continue;
      break;
    }
    throw Error(ErrorCode::kInternal, "a batch is missing, and nothing is left to do for it");
  }
  const auto timeout = pipeline_.options().timeout;
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
  in_flight(run_.delivered) = nullptr;
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

void Ring::throw_timeout() const {
  throw Error(
      ErrorCode::kIo,
      "no batch within " + std::to_string(pipeline_.options().timeout.count()) + " ms; " + status(),
      {}, "a batch may still come: call next() again, or raise timeout");
}

std::string Ring::status() const {
  std::string text;
  const std::uint64_t now = now_ns();
  for (std::size_t i = 0; i < lanes_.size(); ++i) {
    const Lane& lane = lanes_[i];
    const Stage stage = lane.stage.load(std::memory_order_relaxed);
    if (i + 1 == lanes_.size() && stage == Stage::kIdle) continue;
    if (!text.empty()) text += ", ";
    text += "thread " + std::to_string(i) + ": " + stage_name(stage);
    if (stage == Stage::kIdle) continue;
    const std::uint64_t since = lane.since.load(std::memory_order_relaxed);
    text += " of sample " + std::to_string(lane.sample.load(std::memory_order_relaxed)) + " for " +
            std::to_string((now - std::min(now, since)) / 1'000'000) + " ms";
  }
  return text;
}

}  // namespace dsprep
