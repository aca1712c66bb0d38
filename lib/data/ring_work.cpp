// What a ring's threads do, and its caller where samples are cheap: plan batches and make samples.
#include <algorithm>
#include <utility>

#include "dsprep/error.h"
#include "lib/data/ring.h"

namespace dsprep {
namespace {

constexpr double kRunNs = 50'000;    // aim of one run of samples: far above the cost of the lock
constexpr double kTimedNs = 20'000;  // samples that cost more are timed all,
constexpr std::uint64_t kTimedEach = 16;  // others one in 16

}  // namespace

// While the caller waits it wants the next batch and no other: what is made beyond would only push
// that one out of the caches. Samples that are not cheap do not notice.
bool Ring::far_enough() const noexcept {
  if (!calling_ || !patience_.cheap()) return false;
  return run_.planned - run_.delivered >= (slots_.small() ? threads_.size() + 2 : 2);
}

void Ring::work_loop(Lane& lane) {
  Lock lock(mutex_);
  while (!stop_) {
    if (work(lock, lane)) continue;
    if (run_.active && patience_.linger(lock, [&] { return stop_ || work(lock, lane); })) continue;
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
    RingSlot* slot = slots_.in_flight(step);
    if (slot == nullptr || slot->state != State::kFilling || slot->next == slot->samples.size())
      continue;
    fill_some(lock, lane, *slot);
    return true;
  }
  return plan_next(lock, lane);
}

void Ring::fill_some(Lock& lock, Lane& lane, RingSlot& slot) {
  const double each = std::max(patience_.sample_ns(), 1.0);
  const auto aim =
      static_cast<std::size_t>(std::clamp(patience_.known() ? kRunNs / each : 1, 1.0, 1e6));
  const std::size_t begin = slot.next, end = std::min(slot.samples.size(), begin + aim);
  const std::uint64_t timed = each > kTimedNs || pipeline_.options().trace ? 1 : kTimedEach;
  slot.next = end;
  slot.user = &lane;
  ++slot.claims;
  if (end < slot.samples.size() && idle_ > 0) work_.notify_one();
  lock.unlock();

  const std::uint64_t started = now_ns();
  lane.since.store(started, std::memory_order_relaxed);
  const Pipeline::Fault fault = pipeline_.fill(slot, begin, end, timed, lane);
  const auto spent = static_cast<double>(now_ns() - started) / static_cast<double>(end - begin);

  relock(lock);
  patience_.note(spent);
  --slot.claims;
  slot.done += end - begin;
  if (fault.error && (!slot.error || fault.sample < slot.error_sample)) {
    slot.error = fault.error;
    slot.error_sample = fault.sample;
  }
  finish(lock, lane, slot);
}

void Ring::finish(Lock& lock, Lane& lane, RingSlot& slot) {
  const auto all_made = [&] { return slot.done == slot.samples.size() && slot.claims == 0; };
  if (all_made() && !slot.error && !slot.abandoned && pipeline_.options().collate->completes())
    complete(lock, lane, slot);
  if (slot.claims == 0 && slot.abandoned.load(std::memory_order_relaxed)) {
    make_free(slot);
    ready_.notify_all();
  } else if (all_made()) {
    slot.state = State::kReady;
    patience_.changed();
    if (waiting_ && slot.step == run_.delivered) ready_.notify_all();
  }
}

// The part of a collate that wants all samples.
void Ring::complete(Lock& lock, Lane& lane, RingSlot& slot) {
  ++slot.claims;
  lock.unlock();
  std::exception_ptr error;
  try {
    pipeline_.complete(slot, slot_limit_, lane);
  } catch (...) {
    error = std::current_exception();
  }
  relock(lock);
  --slot.claims;
  slot.error = error;
}

bool Ring::plan_next(Lock& lock, Lane& lane) {
  if (planning_ || run_.planned == run_.share.steps() || far_enough()) return false;
  RingSlot* slot = slots_.choose(lane);
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
  slots_.in_flight(step) = slot;
  planning_ = true;
  const bool cheap_now = patience_.cheap();
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
  patience_.changed();
  if (error) {
    run_.planned = run_.share.steps();  // nothing behind the fault will be delivered
    if (waiting_) ready_.notify_all();
  } else if (idle_ > 0) {
    work_.notify_one();
  }
  return true;
}

}  // namespace dsprep
