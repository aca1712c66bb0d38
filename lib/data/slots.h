// Slots: the batches of a ring's memory, and which of them is filled next. Guarded by the ring's
// lock.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "lib/data/pipeline.h"

namespace dsprep {

class Slots {
 public:
  using State = RingSlot::State;
  Slots(std::size_t count, const SlotMemory* memory, Ring* ring);

  std::size_t size() const noexcept { return slots_.size(); }
  /// By step: planned, and not yet delivered.
  RingSlot*& in_flight(std::uint64_t step) noexcept { return flight_[step % flight_.size()]; }
  std::vector<RingSlot*>& all_in_flight() noexcept { return flight_; }

  /// The slot that `lane` plans a batch into; null where none is free.
  RingSlot* choose(const Lane& lane) noexcept;
  void make_free(RingSlot& slot) noexcept;
  bool half_free() const noexcept;
  bool all_leased() const noexcept;
  /// Nobody works on any.
  bool quiet() const noexcept;
  /// True where the processor's own caches may hold a batch.
  bool small() const noexcept;
  std::uint64_t memory_bytes() const noexcept;

 private:
  std::deque<RingSlot> slots_;
  std::vector<RingSlot*> flight_;
  std::uint64_t freed_ = 0;  // counts slots that became free
};

}  // namespace dsprep
