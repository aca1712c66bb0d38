// Loader: batches of samples, in an order that threads, ranks and restarts do not change.
//
//   sampler -> plan of a batch -> slot of a ring -> samples read into it by any thread -> batch
//
// A loader is used by one thread; its own threads live as long as it does. All faults are Error.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dsprep/collate.h"
#include "dsprep/sampler.h"
#include "dsprep/source.h"
#include "dsprep/transform.h"

namespace dsprep {

/// What becomes of a sample whose bytes are damaged. (Faults of reading itself always throw.)
enum class OnBadSample : std::uint8_t {
  kThrow,  ///< the epoch ends with its error
  kSkip,   ///< counted and listed; its row is zero and not valid, so that shapes and steps stay
};

/// Where slots' memory comes from: pinned memory for a GPU, later. Both may be called by any
/// thread.
struct SlotMemory {
  std::function<void*(std::size_t bytes)> allocate = {};  ///< at a multiple of 64 bytes, or throws
  std::function<void(void* memory, std::size_t bytes)> release = {};
};

struct LoaderOptions {
  std::uint64_t batch_size = 64;             ///< rows a rank; 0: the whole split
  bool shuffle = false;                      ///< excludes `sampler`
  std::uint64_t seed = 0;                    ///< of order and transforms
  bool drop_last = false;                    ///< leave out the rows that do not fill a global batch
  unsigned threads = 4;                      ///< 0: the caller reads
  unsigned prefetch = 4;                     ///< batches made ahead; as many may be held
  std::vector<TransformPtr> transform = {};  ///< side by side: each reads fields of the source
  CollatePtr collate = {};                   ///< null: stack()
  std::uint64_t rank = 0;
  std::uint64_t world = 1;
  bool pad_last = false;  ///< evaluation: the same rows on all ranks, the repeated ones not valid
  SamplerPtr sampler = {};
  std::vector<std::string> fields = {};                 ///< read only these; empty: all
  std::uint64_t memory_bytes = std::uint64_t{4} << 30;  ///< limit of all slots together, with what
                                                        ///< collate functions make
  /// Longest wait for a batch; 0: for ever. With a timeout, and threads, the caller makes no
  /// samples itself, as it else does where they are cheap: no read can hold it.
  std::chrono::milliseconds timeout{0};
  OnBadSample on_bad_sample = OnBadSample::kThrow;
  std::uint64_t max_bad_samples = 1000;  ///< of kSkip, over the loader's life; more are an error
  SlotMemory memory = {};
  bool trace = false;  ///< remember what every thread did (see write_trace)

  /// Shuffled, whole batches only.
  static LoaderOptions train(std::uint64_t batch_size, std::uint64_t seed);
  /// In order, every sample exactly once over all ranks.
  static LoaderOptions eval(std::uint64_t batch_size);
};

/// Sums over the loader's life, in nanoseconds of one thread. Stages of cheap samples are timed one
/// in 16 and scaled.
struct LoaderCounters {
  std::uint64_t batches = 0, samples = 0;  ///< delivered
  std::uint64_t bytes = 0;                 ///< of delivered batches' tensors
  std::uint64_t rejected = 0;
  std::uint64_t plan_ns = 0, read_ns = 0, transform_ns = 0, collate_ns = 0;
  std::uint64_t wait_data_ns = 0;      ///< the caller waited for a batch
  std::uint64_t wait_consumer_ns = 0;  ///< threads waited for a free slot
  /// The stage to look at: "plan", "read", "transform", "collate", or "consumer" where the threads
  /// wait for the caller longer than it for them.
  std::string bottleneck() const;
};

struct BadSample {
  std::uint64_t sample = 0;
  std::string message;
};

class Ring;
struct RingSlot;

/// Keeps a batch's memory. Cheap to copy; any thread.
class BatchRef {
 public:
  BatchRef() = default;
  BatchRef(std::shared_ptr<Ring> ring, RingSlot* slot) noexcept;
  BatchRef(const BatchRef& other) noexcept;
  BatchRef(BatchRef&& other) noexcept;
  BatchRef& operator=(BatchRef other) noexcept;
  ~BatchRef();
  const RingSlot* slot() const noexcept { return slot_; }

 private:
  std::shared_ptr<Ring> ring_;
  RingSlot* slot_ = nullptr;
};

/// A lease of a slot: its tensors are valid as long as it, or a BatchRef of it, lives.
class Batch {
 public:
  explicit Batch(BatchRef ref) noexcept : ref_(std::move(ref)) {}
  Batch(Batch&&) noexcept = default;
  Batch& operator=(Batch&&) noexcept = default;
  Batch(const Batch&) = delete;

  std::span<const Tensor> tensors() const noexcept;
  /// Throws kNotFound that lists the names there are.
  const Tensor& operator[](std::string_view name) const;
  std::size_t rows() const noexcept;
  /// One byte a row, 1 where it counts; also the tensor "valid".
  std::span<const std::uint8_t> valid() const noexcept;
  /// Indexes in the source, in the order of the rows.
  std::span<const std::uint64_t> samples() const noexcept;
  std::uint64_t epoch() const noexcept;
  std::uint64_t step() const noexcept;  ///< from the begin of this run of the epoch, from 0
  std::size_t slot() const noexcept;    ///< which of the ring's slots
  BatchRef share() const { return ref_; }

 private:
  BatchRef ref_;
};

/// One run over an epoch. Only the newest of a loader delivers; leaving it early stops the reading.
class Epoch {
 public:
  Epoch(std::shared_ptr<Ring> ring, std::uint64_t run) noexcept
      : ring_(std::move(ring)), run_(run) {}
  Epoch(Epoch&&) noexcept = default;
  Epoch& operator=(Epoch&&) = delete;
  ~Epoch();

  /// Empty at the end. Throws what went wrong with a sample, the first one in the order; again at
  /// every further call. kIo after `timeout`, with what it waited for; the next call goes on
  /// waiting. kUsage where more than `prefetch` batches are held.
  std::optional<Batch> next();
  std::uint64_t steps() const noexcept;

  class Iterator {
   public:
    explicit Iterator(Epoch* epoch) : epoch_(epoch) { ++*this; }
    Batch operator*() { return std::move(*batch_); }
    Iterator& operator++() {
      batch_ = epoch_->next();
      return *this;
    }
    bool operator!=(std::default_sentinel_t) const noexcept { return batch_.has_value(); }

   private:
    Epoch* epoch_;
    std::optional<Batch> batch_;
  };
  Iterator begin() { return Iterator(this); }
  std::default_sentinel_t end() const noexcept { return {}; }

 private:
  std::shared_ptr<Ring> ring_;
  std::uint64_t run_;
};

class Loader {
 public:
  Loader(Dataset data, LoaderOptions options);
  Loader(SourcePtr from, LoaderOptions options);
  Loader(Loader&&) noexcept;
  ~Loader();

  /// From its begin, or from where resume() says.
  Epoch epoch(std::uint64_t epoch);
  std::uint64_t steps_per_epoch() const;
  /// Rows behind one step of the optimizer: batch size x ranks x `accumulation`, the number of
  /// batches whose gradients are added up for it. Throws kUsage where that is 0 or over 64 bits.
  std::uint64_t effective_batch_size(std::uint64_t accumulation = 1) const;
  /// Steps of the optimizer in an epoch; the last one may have fewer batches. What schedules count.
  std::uint64_t optimizer_steps_per_epoch(std::uint64_t accumulation = 1) const;
  const std::vector<Field>& fields() const noexcept;  ///< of a sample, behind the transforms

  /// Where the last batch that was taken ends: JSON of at most 1 KiB. Another process continues it
  /// with any threads, prefetch, rank, world and batch size.
  std::string state() const;
  /// The next epoch() must be of the number that is returned, and continues there (kUsage else: an
  /// epoch that began anew would repeat samples in silence). At the end of an epoch nothing of it
  /// is left. Throws kUsage that names what does not match: data, split, sampler, seed.
  std::uint64_t resume(std::string_view state);

  LoaderCounters counters() const;
  std::vector<BadSample> bad_samples() const;  ///< the first 1,000
  /// What each thread is doing: "thread 1: transform of sample 17 for 3200 ms". Any thread may ask,
  /// also while the loader's own is waiting.
  std::string status() const;
  std::uint64_t memory_bytes() const;  ///< of all slots now
  /// What all threads did, for chrome://tracing; 2^20 events a thread, the first ones. Ends the
  /// epoch.
  void write_trace(const std::filesystem::path& file);

 private:
  std::shared_ptr<Ring> ring_;
};

}  // namespace dsprep
