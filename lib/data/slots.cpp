#include "lib/data/slots.h"

#include <algorithm>
#include <utility>

namespace dsprep {
namespace {

constexpr std::uint64_t kOwnCache = 1 << 20;  // what a processor's own caches may hold

bool is_small(const RingSlot& slot) noexcept { return slot.memory.capacity() <= kOwnCache; }

}  // namespace

Slots::Slots(std::size_t count, const SlotMemory* memory, Ring* ring) : flight_(count) {
  for (std::size_t i = 0; i < count; ++i) {
    RingSlot& slot = slots_.emplace_back(memory);
    slot.index = i;
    slot.ring = ring;
  }
}

// The one that became free last, so that batches go through as few slots as can be, which the
// caches hold; of small ones first the one that this thread has filled.
RingSlot* Slots::choose(const Lane& lane) noexcept {
  RingSlot* best = nullptr;
  const auto rank = [&lane](const RingSlot& slot) {
    return std::pair(slot.user == &lane && is_small(slot), slot.freed);
  };
  for (RingSlot& slot : slots_)
    if (slot.state == State::kFree && (best == nullptr || rank(slot) > rank(*best))) best = &slot;
  return best;
}

void Slots::make_free(RingSlot& slot) noexcept {
  slot.state = State::kFree;
  slot.freed = ++freed_;
  slot.error = nullptr;
}

bool Slots::half_free() const noexcept {
  const auto free = std::ranges::count(slots_, State::kFree, &RingSlot::state);
  return 2 * static_cast<std::size_t>(free) >= slots_.size();
}

bool Slots::all_leased() const noexcept {
  return std::ranges::all_of(slots_, [](const RingSlot& s) { return s.state == State::kLeased; });
}

bool Slots::quiet() const noexcept {
  return std::ranges::all_of(slots_, [](const RingSlot& slot) {
    return slot.state == State::kFree || slot.state == State::kLeased;
  });
}

bool Slots::small() const noexcept { return is_small(slots_.front()); }

std::uint64_t Slots::memory_bytes() const noexcept {
  std::uint64_t bytes = 0;
  for (const RingSlot& slot : slots_)
    bytes += slot.memory.capacity() + slot.block_bytes.load(std::memory_order_relaxed);
  return bytes;
}

}  // namespace dsprep
