// Pipeline: from the plan of a batch to its tensors. Const members may be called by any number of
// threads, each with its own lane; a slot is planned by one, filled by many, sample by sample.
#pragma once

#include <atomic>
#include <exception>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "lib/data/lane.h"
#include "lib/data/share.h"
#include "lib/data/slot.h"

namespace dsprep {

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
  struct Fault {
    std::exception_ptr error;  ///< null: none
    std::size_t sample = 0;
  };
  /// Reads and transforms the samples [begin, end) into their places, unless the slot is abandoned
  /// meanwhile, and times one in `timed_each`. Gives the first one's fault; what is skipped is
  /// counted as bad.
  Fault fill(RingSlot& slot, std::size_t begin, std::size_t end, std::uint64_t timed_each,
             Lane& lane) const;
  /// What a collate makes of all samples when they are done. `limit`: bytes of the slot, as for
  /// plan().
  void complete(RingSlot& slot, std::uint64_t limit, Lane& lane) const;
  std::uint64_t rejected() const noexcept { return rejected_.load(std::memory_order_relaxed); }
  std::vector<BadSample> bad_samples() const;

 private:
  struct Read {  // a field of the source that is read
    std::size_t field = 0;
    bool fixed = false;
    Shape shape;  // where it is fixed
  };
  struct Step {  // one transform, with the numbers of its fields
    TransformPtr transform;
    std::vector<std::size_t> inputs;  // of reads_
    std::size_t first_output = 0, outputs = 0;
    bool ragged = false;
  };
  struct Direct {                  // a field that is only copied
    std::size_t from = 0, to = 0;  // of reads_, of fields_
  };
  void connect();
  std::size_t read_of(std::size_t field);
  void connect_transforms(std::vector<Field>& made);
  void connect_copies();
  void note_shapes();
  void pick(RingSlot& slot, EpochOrder& order, const Share& share, std::uint64_t step) const;
  static void pick_rows(RingSlot& slot, EpochOrder& order, const Share& share, std::uint64_t step);
  void measure(RingSlot& slot, Lane& lane) const;
  bool measure_copies(RingSlot& slot, Lane& lane) const;
  void measure_sample(RingSlot& slot, std::size_t sample, Lane& lane) const;
  void announce(const RingSlot& slot, Lane& lane) const;
  void lay_out(RingSlot& slot, std::uint64_t limit) const;
  void get_memory(RingSlot& slot, std::uint64_t limit) const;
  [[noreturn]] void refuse_size(const RingSlot& slot, std::uint64_t limit) const;
  static void check_names(RingSlot& slot);
  std::span<std::byte> place(const RingSlot& slot, std::size_t sample, std::size_t field) const {
    const BatchLayout::Target& target = slot.layout.targets_[sample * fields_.size() + field];
    const std::size_t item = dtype_size(slot.layout.entries_[target.tensor].dtype);
    const std::uint64_t bytes = slot.shapes.shape(sample, field).elements() * item;
    return slot.spans[target.tensor].subspan(target.element * item, bytes);
  }
  void look(std::span<const std::uint64_t> indices, Lane& lane) const;
  void fill_one(RingSlot& slot, std::size_t sample, Lane& lane) const;
  void make(RingSlot& slot, std::size_t sample, Lane& lane) const;
  void copy(const RingSlot& slot, std::size_t sample, const Direct& direct, Lane& lane) const;
  void transform(const RingSlot& slot, std::size_t sample, std::size_t number, Lane& lane) const;
  void make_whole(RingSlot& slot, std::uint64_t limit) const;
  void settle(RingSlot& slot, std::size_t sample, std::exception_ptr fault, Stage stage) const;
  void reject(RingSlot& slot, std::size_t sample, const Error& error) const;
  Error placed(std::exception_ptr fault, std::uint64_t sample, Stage stage) const;

  SourcePtr source_;
  LoaderOptions options_;
  std::vector<Field> fields_;
  std::vector<char> fixed_;
  std::vector<Shape> fixed_shapes_;
  bool any_ragged_ = false, ragged_step_ = false;
  std::vector<Read> reads_;
  std::vector<Step> steps_;
  std::vector<Direct> directs_;
  mutable std::atomic<std::uint64_t> rejected_{0};
  mutable std::mutex bad_mutex_;
  mutable std::vector<BadSample> bad_;
};

}  // namespace dsprep
