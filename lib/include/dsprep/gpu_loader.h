// GpuLoader: a Loader whose batches stand in a device's memory.
//
//   loader's slots (page-locked) --copy stream--> device slots --work stream: transforms--> batch
//
// The host never waits for the device: the consumer's stream waits on an event for a batch, the
// copy into a device slot waits on an event that the consumer's stream recorded at the lease's end.
// A host slot goes back to the loader when its copy is done. Several devices: one GpuLoader each,
// with rank and world of LoaderOptions.
//
// A GpuLoader and its epochs are used by one thread; leases may end in any. All faults are Error.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dsprep/device.h"
#include "dsprep/device_transform.h"
#include "dsprep/dlpack.h"
#include "dsprep/loader.h"

namespace dsprep::cuda {

struct GpuOptions {
  DevicePtr device = {};
  unsigned slots = 3;  ///< batches in the device's memory; as many may be held
  std::uint64_t memory_bytes = std::uint64_t{4} << 30;  ///< limit of all device slots together
  std::uint64_t slot_bytes = 0;  ///< of a slot from the start; slots of ragged batches grow, and
                                 ///< what grows moves
  std::vector<DeviceTransform> transforms = {};
  bool timed = false;  ///< measure how long copies take (GpuCounters::copy_ns)
};

struct GpuCounters {
  std::uint64_t batches = 0, samples = 0;  ///< delivered
  std::uint64_t bytes = 0;                 ///< copied to the device
  std::uint64_t wait_ns = 0;               ///< next() waited for the host
  std::uint64_t copy_ns = 0;               ///< on the copy stream; 0 unless timed
  std::uint64_t timed_bytes = 0;           ///< of those copies
};

/// Elements in C order in the device's memory, valid as long as the batch, or a DeviceShare of it,
/// lives.
struct DeviceTensor {
  std::string_view name;
  ElementType type = ElementType::kUint8;
  Shape shape;
  void* data = nullptr;  ///< aligned to 64 bytes; null where there are no elements
  std::uint64_t bytes() const { return shape.elements() * element_size(type); }
};

class Feed;
struct DeviceSlot;

/// Keeps a batch's memory on the device. Cheap to copy; any thread. When the last one goes, an
/// event is recorded on the batch's streams: what stands in them until then may use the batch. They
/// must not be destroyed or capturing then.
class DeviceShare {
 public:
  DeviceShare() = default;
  DeviceShare(std::shared_ptr<Feed> feed, DeviceSlot* slot) noexcept;
  DeviceShare(const DeviceShare& other) noexcept;
  DeviceShare(DeviceShare&& other) noexcept;
  DeviceShare& operator=(DeviceShare other) noexcept;
  ~DeviceShare();
  DeviceSlot* slot() const noexcept { return slot_; }
  Feed* feed() const noexcept { return feed_.get(); }

 private:
  std::shared_ptr<Feed> feed_;
  DeviceSlot* slot_ = nullptr;
};

/// A lease of a device slot.
class DeviceBatch {
 public:
  explicit DeviceBatch(DeviceShare share) noexcept : share_(std::move(share)) {}
  DeviceBatch(DeviceBatch&&) noexcept = default;
  DeviceBatch& operator=(DeviceBatch&&) noexcept = default;
  DeviceBatch(const DeviceBatch&) = delete;

  std::span<const DeviceTensor> tensors() const noexcept;
  /// Throws kNotFound that lists the names there are.
  const DeviceTensor& operator[](std::string_view name) const;
  /// Of the GpuLoader's fixed set of device slots: which. Tensors of equal shapes stand at equal
  /// addresses in every batch of a slot, so a CUDA graph can be captured for each slot.
  std::size_t slot() const noexcept;
  /// The stream that next() was given; it has been told to wait for the batch.
  Stream stream() const noexcept;
  /// Another stream of the same device that uses the batch: waits for it, and is waited for at the
  /// lease's end.
  void also_on(Stream stream) const;

  std::size_t rows() const noexcept;
  /// On the host: one byte a row, 1 where it counts.
  std::span<const std::uint8_t> valid() const noexcept;
  /// On the host: indexes in the source, in the order of the rows.
  std::span<const std::uint64_t> samples() const noexcept;
  std::uint64_t epoch() const noexcept;
  std::uint64_t step() const noexcept;
  DeviceShare share() const { return share_; }

 private:
  DeviceShare share_;
};

/// For DLPack, and so for LibTorch (`dsprep::torch::tensor(memory_of(batch, batch["image"]))`): no
/// copy, and what is made of it keeps the batch. DLPack carries no stream: use it on the batch's
/// stream, or on those of also_on(). (On the stand-in it is memory of the processor, to be read
/// when the stream has come to it: synchronize() of dsprep/device.h.) Throws kUsage for a tensor of
/// another batch.
dlpack::Memory memory_of(const DeviceBatch& batch, const DeviceTensor& tensor);

/// One run over an epoch. Only the newest of a loader delivers; leaving it early stops it.
class GpuEpoch {
 public:
  GpuEpoch(std::shared_ptr<Feed> feed, std::uint64_t run, Stream stream) noexcept
      : feed_(std::move(feed)), run_(run), stream_(stream) {}
  GpuEpoch(GpuEpoch&&) noexcept = default;
  GpuEpoch& operator=(GpuEpoch&&) = delete;
  ~GpuEpoch();

  /// Empty at the end. Waits on the host until the batch's copy has been given to the device, never
  /// for the device itself. Errors as Epoch::next; kUsage where all device slots are held.
  std::optional<DeviceBatch> next();
  /// The same for another stream than the epoch's.
  std::optional<DeviceBatch> next(Stream stream);
  std::uint64_t steps() const noexcept;

  class Iterator {
   public:
    explicit Iterator(GpuEpoch* epoch) : epoch_(epoch) { ++*this; }
    DeviceBatch operator*() { return std::move(*batch_); }
    Iterator& operator++() {
      batch_.reset();
      batch_ = epoch_->next();
      return *this;
    }
    bool operator!=(std::default_sentinel_t) const noexcept { return batch_.has_value(); }

   private:
    GpuEpoch* epoch_;
    std::optional<DeviceBatch> batch_;
  };
  Iterator begin() { return Iterator(this); }
  std::default_sentinel_t end() const noexcept { return {}; }

 private:
  std::shared_ptr<Feed> feed_;
  std::uint64_t run_;
  Stream stream_;
};

class GpuLoader {
 public:
  /// `options.memory_bytes` limits the page-locked slots. Without `options.memory` they are
  /// page-locked here; where the system refuses that, see warnings().
  GpuLoader(Dataset data, LoaderOptions options, GpuOptions gpu);
  GpuLoader(SourcePtr from, LoaderOptions options, GpuOptions gpu);
  GpuLoader(GpuLoader&&) noexcept;
  ~GpuLoader();

  /// From its begin, or from where resume() says. Batches are for `stream`.
  GpuEpoch epoch(std::uint64_t epoch, Stream stream = nullptr);
  std::uint64_t steps_per_epoch() const;
  /// As Loader's.
  std::uint64_t effective_batch_size(std::uint64_t accumulation = 1) const;
  std::uint64_t optimizer_steps_per_epoch(std::uint64_t accumulation = 1) const;
  /// As Loader's, of the batches that the consumer has taken.
  std::string state() const;
  std::uint64_t resume(std::string_view state);

  GpuCounters counters() const;
  LoaderCounters loader_counters() const;  ///< of the part on the host, with what it has made ahead
  std::vector<BadSample> bad_samples() const;
  /// What is slower than it could be: "16.0 MiB of slots are not page-locked: …". Also while
  /// batches are made.
  std::vector<std::string> warnings() const;
  const DevicePtr& device() const noexcept;
  std::uint64_t host_bytes() const;    ///< of all host slots now
  std::uint64_t device_bytes() const;  ///< of all device slots now

 private:
  std::shared_ptr<Feed> feed_;
};

}  // namespace dsprep::cuda
