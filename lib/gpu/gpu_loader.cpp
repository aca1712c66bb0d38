#include "dsprep/gpu_loader.h"

#include <algorithm>
#include <utility>

#include "dsprep/error.h"
#include "lib/gpu/feed.h"

namespace dsprep::cuda {

DeviceShare::DeviceShare(std::shared_ptr<Feed> feed, DeviceSlot* slot) noexcept
    : feed_(std::move(feed)), slot_(slot) {
  feed_->retain(*slot_);
}
DeviceShare::DeviceShare(const DeviceShare& other) noexcept
    : feed_(other.feed_), slot_(other.slot_) {
  if (slot_) feed_->retain(*slot_);
}
DeviceShare::DeviceShare(DeviceShare&& other) noexcept
    : feed_(std::move(other.feed_)), slot_(std::exchange(other.slot_, nullptr)) {}
DeviceShare& DeviceShare::operator=(DeviceShare other) noexcept {
  std::swap(feed_, other.feed_);
  std::swap(slot_, other.slot_);
  return *this;
}
DeviceShare::~DeviceShare() {
  if (slot_) feed_->release(*slot_);
}

std::span<const DeviceTensor> DeviceBatch::tensors() const noexcept {
  return share_.slot()->tensors;
}
const DeviceTensor& DeviceBatch::operator[](std::string_view name) const {
  const auto found = std::ranges::find(tensors(), name, &DeviceTensor::name);
  if (found != tensors().end()) return *found;
  std::string known;
  for (const DeviceTensor& tensor : tensors())
    known += (known.empty() ? "" : ", ") + std::string(tensor.name);
  throw Error(ErrorCode::kNotFound, "no such tensor on the device; there are: " + known,
              {.field = std::string(name)});
}
std::size_t DeviceBatch::slot() const noexcept { return share_.slot()->index; }
Stream DeviceBatch::stream() const noexcept { return share_.slot()->uses.front().stream; }
void DeviceBatch::also_on(Stream stream) const { share_.feed()->also_on(*share_.slot(), stream); }
std::size_t DeviceBatch::rows() const noexcept { return share_.slot()->valid.size(); }
std::span<const std::uint8_t> DeviceBatch::valid() const noexcept { return share_.slot()->valid; }
std::span<const std::uint64_t> DeviceBatch::samples() const noexcept {
  return share_.slot()->samples;
}
std::uint64_t DeviceBatch::epoch() const noexcept { return share_.slot()->epoch; }
std::uint64_t DeviceBatch::step() const noexcept { return share_.slot()->step; }

dlpack::Memory memory_of(const DeviceBatch& batch, const DeviceTensor& tensor) {
  const std::span<const DeviceTensor> all = batch.tensors();
  const bool ours = std::ranges::any_of(all, [&](const DeviceTensor& t) { return &t == &tensor; });
  if (!ours)
    throw Error(ErrorCode::kUsage, "this tensor is not one of the batch",
                {.field = std::string(tensor.name)});
  const DeviceShare share = batch.share();
  return {.data = tensor.data,
          .type = tensor.type == ElementType::kBfloat16
                      ? dlpack::kBfloat16
                      : dlpack::data_type(static_cast<DType>(tensor.type)),
          .shape = tensor.shape,
          .device = share.feed()->device()->where(),
          .owner = std::make_shared<DeviceShare>(share)};
}

GpuEpoch::~GpuEpoch() {
  if (feed_) feed_->cancel(run_);
}
std::optional<DeviceBatch> GpuEpoch::next() { return feed_->next(run_, stream_); }
std::optional<DeviceBatch> GpuEpoch::next(Stream stream) { return feed_->next(run_, stream); }
std::uint64_t GpuEpoch::steps() const noexcept { return feed_->steps(run_); }

GpuLoader::GpuLoader(Dataset data, LoaderOptions options, GpuOptions gpu)
    : GpuLoader(source(std::move(data)), std::move(options), std::move(gpu)) {}
GpuLoader::GpuLoader(SourcePtr from, LoaderOptions options, GpuOptions gpu)
    : feed_(std::make_shared<Feed>(std::move(from), std::move(options), std::move(gpu))) {}
GpuLoader::GpuLoader(GpuLoader&&) noexcept = default;
GpuLoader::~GpuLoader() {
  if (feed_) feed_->stop();
}

GpuEpoch GpuLoader::epoch(std::uint64_t epoch, Stream stream) {
  return {feed_, feed_->start(epoch), stream};
}
std::uint64_t GpuLoader::steps_per_epoch() const { return feed_->loader().steps_per_epoch(); }
std::uint64_t GpuLoader::effective_batch_size(std::uint64_t accumulation) const {
  return feed_->loader().effective_batch_size(accumulation);
}
std::uint64_t GpuLoader::optimizer_steps_per_epoch(std::uint64_t accumulation) const {
  return feed_->loader().optimizer_steps_per_epoch(accumulation);
}
std::string GpuLoader::state() const { return feed_->state(); }
std::uint64_t GpuLoader::resume(std::string_view state) { return feed_->resume(state); }
GpuCounters GpuLoader::counters() const { return feed_->counters(); }
LoaderCounters GpuLoader::loader_counters() const { return feed_->loader().counters(); }
std::vector<BadSample> GpuLoader::bad_samples() const { return feed_->loader().bad_samples(); }
std::vector<std::string> GpuLoader::warnings() const { return feed_->memory().warnings(); }
const DevicePtr& GpuLoader::device() const noexcept { return feed_->device(); }
std::uint64_t GpuLoader::host_bytes() const { return feed_->loader().memory_bytes(); }
std::uint64_t GpuLoader::device_bytes() const { return feed_->device_bytes(); }

}  // namespace dsprep::cuda
