#include "lib/gpu/sender.h"

#include <algorithm>
#include <cstring>
#include <functional>

#include "dsprep/error.h"
#include "formats/common/bytes.h"

namespace dsprep::cuda {
namespace {

constexpr std::uint64_t kAlignment = 256;  // of what begins in a slot
constexpr std::uint64_t kTensorAlignment = 64;

}  // namespace

Sender::Sender(const GpuOptions& options, std::shared_ptr<HostMemory> memory,
               std::vector<std::unique_ptr<Work>> works, bool growing, bool gather)
    : device_(options.device),
      timed_(options.timed),
      growing_(growing),
      gather_(gather),
      limit_(options.memory_bytes / options.slots),
      memory_(std::move(memory)),
      works_(std::move(works)),
      copy_(own_stream(*device_)),
      work_(own_stream(*device_)) {
  for (Transit& transit : transits_) {
    transit.done = own_event(*device_, timed_);
    if (timed_) transit.begin = own_event(*device_, true);
  }
}

Sender::~Sender() {
  try {
    retire_all();
  } catch (...) {  // a device that has failed copies nothing any more
  }
  for (Transit& transit : transits_)
    if (transit.gathered != nullptr) memory_->release(transit.gathered, transit.capacity);
}

void Sender::reserve(DeviceSlot& slot, std::uint64_t bytes) {
  if (bytes <= slot.capacity) return;
  if (bytes > limit_) {
    throw Error(ErrorCode::kTooLarge,
                "a batch of " + std::to_string(bytes) + " bytes on " + device_->name() +
                    ", the limit of a slot is " + std::to_string(limit_),
                {},
                "raise GpuOptions::memory_bytes, or make the batch or GpuOptions::slots smaller");
  }
  // Freed memory must not be in use: here, and only here, the host waits for the slot's users.
  for (std::size_t i = 0; i < slot.use_count; ++i) device_->synchronize(slot.uses[i].over.get());
  if (slot.used) device_->synchronize(slot.ready.get());
  device_->free(slot.memory);
  slot.memory = nullptr;
  slot.capacity = 0;
  // Half as much again where batches differ, so that growing ends soon.
  const std::uint64_t wanted =
      growing_ ? std::max(bytes, std::min(limit_, bytes + bytes / 2)) : bytes;
  slot.memory = static_cast<std::byte*>(device_->allocate(wanted));
  slot.capacity = wanted;
}

bool Sender::taken(std::string_view tensor) const noexcept {
  return std::ranges::any_of(works_, [&](const auto& work) { return work->takes(tensor); });
}

// The slot's memory, from the first tensor to the end of the last one: one copy.
Sender::Region Sender::region_of(const Batch& batch) const noexcept {
  const std::byte *begin = nullptr, *end = nullptr;
  for (const Tensor& tensor : batch.tensors()) {
    if (tensor.bytes.empty()) continue;
    const std::byte* first = tensor.bytes.data();
    const std::byte* last = first + tensor.bytes.size();
    if (begin == nullptr || std::less<>()(first, begin)) begin = first;
    if (end == nullptr || std::less<>()(end, last)) end = last;
  }
  return {begin, static_cast<std::uint64_t>(end - begin)};
}

// A function that makes whole batches puts each tensor anywhere: copied once more, on the host.
Sender::Region Sender::gather(const Batch& batch, Transit& transit) {
  std::uint64_t bytes = 0;
  for (const Tensor& tensor : batch.tensors())
    bytes += round_up(tensor.bytes.size(), kTensorAlignment);
  if (bytes > transit.capacity) {
    if (transit.gathered != nullptr) memory_->release(transit.gathered, transit.capacity);
    transit.gathered = nullptr;
    transit.capacity = 0;
    transit.gathered = static_cast<std::byte*>(memory_->allocate(bytes + bytes / 2));
    transit.capacity = bytes + bytes / 2;
  }
  std::byte* to = transit.gathered;
  for (const Tensor& tensor : batch.tensors()) {
    if (!tensor.bytes.empty()) std::memcpy(to, tensor.bytes.data(), tensor.bytes.size());
    to += round_up(tensor.bytes.size(), kTensorAlignment);
  }
  return {transit.gathered, bytes};
}

void Sender::wait_for_users(DeviceSlot& slot) {
  for (std::size_t i = 0; i < slot.use_count; ++i)
    device_->wait(copy_.get(), slot.uses[i].over.get());
  slot.use_count = 0;
  if (slot.used) device_->wait(copy_.get(), slot.ready.get());  // where nobody took it
}

void Sender::send(Batch batch, DeviceSlot& slot) {
  Transit& transit = transits_[next_];
  next_ = (next_ + 1) % kTransits;
  if (transit.batch) {
    device_->synchronize(transit.done.get());
    retire(transit);
  }
  const Region region = gather_ ? gather(batch, transit) : region_of(batch);
  const Arrival here(batch.tensors(), {}, batch.rows());
  layout_.made.clear();
  layout_.outs.clear();
  std::uint64_t bytes = 0;
  std::vector<std::uint64_t> offsets;
  for (const auto& work : works_) {
    layout_.made.push_back(work->makes(here));
    for (const Made& made : layout_.made.back()) {
      offsets.push_back(bytes);
      bytes += round_up(made.shape.elements() * element_size(made.type), kAlignment);
    }
  }
  const std::uint64_t raw = bytes;
  reserve(slot, std::max<std::uint64_t>(raw + region.bytes, 1));
  for (const std::uint64_t offset : offsets) layout_.outs.push_back(slot.memory + offset);
  layout_.places.clear();
  std::uint64_t gathered = 0;
  for (const Tensor& tensor : batch.tensors()) {
    const std::uint64_t from = tensor.bytes.empty() ? 0
                               : gather_
                                   ? gathered
                                   : static_cast<std::uint64_t>(tensor.bytes.data() - region.begin);
    layout_.places.push_back(slot.memory + raw + from);
    gathered += round_up(tensor.bytes.size(), kTensorAlignment);
  }

  wait_for_users(slot);
  transit.bytes = slot.bytes = region.bytes;
  if (timed_) device_->record(transit.begin.get(), copy_.get());
  transit.batch.emplace(std::move(batch));  // from here on the device may read it
  if (region.bytes != 0)
    device_->copy(slot.memory + raw, region.begin, region.bytes, Direction::kToDevice, copy_.get());
  device_->record(transit.done.get(), copy_.get());
  Stream last = copy_.get();
  if (!works_.empty()) {
    last = work_.get();
    device_->wait(last, transit.done.get());
  }
  const Arrival there(transit.batch->tensors(), layout_.places, transit.batch->rows());
  std::size_t first = 0;
  for (std::size_t i = 0; i < works_.size(); ++i) {
    const std::size_t count = layout_.made[i].size();
    works_[i]->run(*device_, last, there, layout_.made[i],
                   std::span(layout_.outs).subspan(first, count));
    first += count;
  }
  slot.used = true;
  device_->record(slot.ready.get(), last);
  show(*transit.batch, slot);
}

void Sender::show(const Batch& batch, DeviceSlot& slot) const {
  slot.names.clear();
  slot.tensors.clear();
  std::size_t out = 0;
  for (const std::vector<Made>& made : layout_.made) {
    for (const Made& tensor : made) {
      slot.names.push_back(tensor.name);
      slot.tensors.push_back({{}, tensor.type, tensor.shape, layout_.outs[out++]});
    }
  }
  for (std::size_t i = 0; i < batch.tensors().size(); ++i) {
    const Tensor& tensor = batch.tensors()[i];
    if (taken(tensor.name)) continue;
    slot.names.emplace_back(tensor.name);
    slot.tensors.push_back(
        {{}, element_type(tensor.dtype), tensor.shape, const_cast<std::byte*>(layout_.places[i])});
  }
  for (std::size_t i = 0; i < slot.names.size(); ++i) {
    slot.tensors[i].name = slot.names[i];
    if (slot.tensors[i].bytes() == 0) slot.tensors[i].data = nullptr;
  }
  slot.valid.assign(batch.valid().begin(), batch.valid().end());
  slot.samples.assign(batch.samples().begin(), batch.samples().end());
  slot.epoch = batch.epoch();
  slot.step = batch.step();
}

void Sender::retire(Transit& transit) {
  if (timed_) {
    times_.copy_ns += static_cast<std::uint64_t>(
        1e6 * device_->elapsed_ms(transit.begin.get(), transit.done.get()));
    times_.bytes += transit.bytes;
  }
  transit.batch.reset();
}

void Sender::retire_done() {
  for (Transit& transit : transits_)
    if (transit.batch && device_->done(transit.done.get())) retire(transit);
}

void Sender::retire_all() {
  for (Transit& transit : transits_) {
    if (!transit.batch) continue;
    device_->synchronize(transit.done.get());
    retire(transit);
  }
}

}  // namespace dsprep::cuda
