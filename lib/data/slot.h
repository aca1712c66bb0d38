// Slot: the memory of one batch, what is in it, and where the ring has it.
#pragma once

#include <atomic>
#include <deque>
#include <exception>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "dsprep/loader.h"

namespace dsprep {

struct Lane;

/// Memory from SlotMemory, or of the library's own. Move-only; grows, never shrinks.
class SlotBytes {
 public:
  explicit SlotBytes(const SlotMemory* from) : from_(from) {}
  SlotBytes(SlotBytes&& other) noexcept;
  SlotBytes& operator=(SlotBytes&&) = delete;
  ~SlotBytes() { clear(); }
  /// Where `bytes` do not fit, new memory of `wanted` bytes; what was there is lost.
  std::byte* reserve(std::uint64_t bytes, std::uint64_t wanted);
  /// Any thread, also while another one reserves.
  std::uint64_t capacity() const noexcept { return capacity_.load(std::memory_order_relaxed); }

 private:
  void clear() noexcept;
  const SlotMemory* from_;
  std::byte* memory_ = nullptr;
  std::atomic<std::uint64_t> capacity_{0};
};

struct RingSlot final : Keeper {
  explicit RingSlot(const SlotMemory* from) : memory(from) {}
  std::shared_ptr<const void> share() override;  ///< requires: leased

  /// The sample's place in `valid`. Rows follow the layout where each sample has its own; under
  /// packing they are the sampler's.
  std::size_t valid_row(std::size_t sample) const noexcept {
    const bool packed = shapes.rows() != shapes.samples();
    return packed ? shapes.row(sample) : layout.row(sample);
  }

  Ring* ring = nullptr;

  std::uint64_t epoch = 0, step = 0;
  std::uint64_t end = 0;  ///< position behind the global batch
  std::vector<std::uint64_t> samples, positions, row_samples;
  std::vector<char> counted;  ///< by sample: not a repetition
  std::size_t valid_rows = 0;
  std::size_t named = 0;  ///< tensors whose names were compared: they are the same in every batch
  BatchShapes shapes;
  BatchLayout layout;
  SlotBytes memory;
  std::vector<std::span<std::byte>> spans;  ///< of the layout's tensors
  std::span<std::uint8_t> valid;
  std::vector<Tensor> tensors;
  std::deque<std::string> names;              ///< of tensors that a collate function made,
  std::deque<std::vector<std::byte>> blocks;  ///< their memory,
  std::atomic<std::uint64_t> block_bytes{0};  ///< and how much it is
  std::size_t index = 0;

  // The ring's, guarded by its lock unless atomic.
  enum class State : std::uint8_t { kFree, kPlanning, kFilling, kReady, kLeased };
  State state = State::kFree;
  std::uint64_t run = 0;
  std::size_t next = 0, done = 0, claims = 0;
  std::uint64_t freed = 0;     ///< when it became free last; 0: never used
  const Lane* user = nullptr;  ///< who filled it last: its processor's caches may hold it yet
  std::atomic<bool> abandoned{false};
  std::atomic<std::uint32_t> refs{0};
  std::exception_ptr error;  ///< of the lowest sample, or of the plan
  std::size_t error_sample = 0;
};

}  // namespace dsprep
