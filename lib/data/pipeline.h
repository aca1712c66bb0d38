// Pipeline: from the plan of a batch to its tensors. Const members may be called by any number of
// threads, each with its own lane; a slot is planned by one, filled by many, sample by sample.
#pragma once

#include <atomic>
#include <deque>
#include <exception>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "dsprep/loader.h"
#include "lib/data/lane.h"
#include "lib/data/share.h"

namespace dsprep {

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

/// kUsage: a tensor of that name would hide another, or be hidden.
[[noreturn]] void refuse_tensor_name(std::string_view name);

class Pipeline {
 public:
  Pipeline(SourcePtr from, LoaderOptions options);

  const Source& source() const noexcept { return *source_; }
  const LoaderOptions& options() const noexcept { return options_; }
  const std::vector<Field>& fields() const noexcept { return fields_; }
  const Sampler& sampler() const noexcept { return *options_.sampler; }
  Topology topology() const noexcept;

  void prepare(Lane& lane) const;
  /// Picks the samples, lays the batch out, gets its memory. `cheap`: hints to the disk would cost
  /// more than they save.
  void plan(RingSlot& slot, EpochOrder& order, const Share& share, std::uint64_t step,
            std::uint64_t limit, bool cheap, Lane& lane) const;
  /// Reads and transforms one sample into its place. Throws its error, or counts it as bad.
  void fill(RingSlot& slot, std::size_t sample, Lane& lane) const;
  /// What a collate makes of all samples when they are done. `limit`: bytes of the slot, as for
  /// plan().
  void complete(RingSlot& slot, std::uint64_t limit, Lane& lane) const;
  std::uint64_t rejected() const noexcept { return rejected_.load(std::memory_order_relaxed); }
  std::vector<BadSample> bad_samples() const;

 private:
  struct Step {  // one transform, with the numbers of its fields
    TransformPtr transform;
    std::vector<std::size_t> inputs;  // in the source
    std::size_t first_output = 0, outputs = 0;
    bool ragged = false;
  };
  struct Direct {  // a field that is only copied
    std::size_t from = 0, to = 0;
  };
  void connect();
  void pick(RingSlot& slot, EpochOrder& order, const Share& share, std::uint64_t step) const;
  void measure(RingSlot& slot, Lane& lane) const;
  void announce(const RingSlot& slot, bool cheap, Lane& lane) const;
  void lay_out(RingSlot& slot, std::uint64_t limit) const;
  static void check_names(RingSlot& slot);
  std::span<std::byte> place(const RingSlot& slot, std::size_t sample, std::size_t field) const {
    const BatchLayout::Target& target = slot.layout.targets_[sample * fields_.size() + field];
    const std::size_t item = dtype_size(slot.layout.entries_[target.tensor].dtype);
    const std::uint64_t bytes = slot.shapes.shape(sample, field).elements() * item;
    return slot.spans[target.tensor].subspan(target.element * item, bytes);
  }
  void make(RingSlot& slot, std::size_t sample, Lane& lane) const;
  void copy(const RingSlot& slot, std::size_t sample, const Direct& direct, Lane& lane) const;
  void transform(const RingSlot& slot, std::size_t sample, std::size_t number, Lane& lane) const;
  void make_whole(RingSlot& slot, std::uint64_t limit) const;
  void reject(RingSlot& slot, std::size_t sample, const Error& error) const;
  Error placed(std::exception_ptr fault, std::uint64_t sample, Stage stage) const;

  SourcePtr source_;
  LoaderOptions options_;
  std::vector<Field> fields_;
  std::vector<char> fixed_;
  std::vector<Shape> fixed_shapes_;
  bool any_ragged_ = false;
  std::vector<std::pair<std::size_t, bool>> reads_;  // fields of the source; small and of one size
  std::vector<std::size_t> asked_;                   // fields of the source whose shapes differ
  std::vector<Step> steps_;
  std::vector<Direct> directs_;
  mutable std::atomic<std::uint64_t> rejected_{0};
  mutable std::mutex bad_mutex_;
  mutable std::vector<BadSample> bad_;
};

}  // namespace dsprep
