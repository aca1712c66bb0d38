// A slot's memory, the places in it, and what a collate function adds to it.
#include <new>
#include <utility>

#include "dsprep/error.h"
#include "formats/common/bytes.h"
#include "lib/data/pipeline.h"

namespace dsprep {
namespace {

constexpr std::uint64_t kAlignment = 64;

}  // namespace

SlotBytes::SlotBytes(SlotBytes&& other) noexcept
    : from_(other.from_),
      memory_(std::exchange(other.memory_, nullptr)),
      capacity_(std::exchange(other.capacity_, 0)) {}

void SlotBytes::clear() noexcept {
  if (memory_ == nullptr) return;
  if (from_->release) {
    from_->release(memory_, capacity_);
  } else {
    ::operator delete (memory_, std::align_val_t{kAlignment});
  }
  memory_ = nullptr;
  capacity_ = 0;
}

std::byte* SlotBytes::reserve(std::uint64_t bytes, std::uint64_t wanted) {
  if (bytes <= capacity_) return memory_;
  clear();
  memory_ = static_cast<std::byte*>(from_->allocate
                                        ? from_->allocate(wanted)
                                        : ::operator new (wanted, std::align_val_t{kAlignment}));
  capacity_ = wanted;
  return memory_;
}

std::size_t BatchLayout::add(std::string_view name, DType dtype, const Shape& shape,
                             std::string_view suffix) {
  if (count_ == entries_.size()) entries_.emplace_back();
  Entry& entry = entries_[count_];
  entry.name.assign(name).append(suffix);
  entry.dtype = dtype;
  entry.shape = shape;
  entry.offset = bytes_;
  entry.bytes = shape.elements() * dtype_size(dtype);
  bytes_ += round_up(entry.bytes, kAlignment);
  return count_++;
}

namespace {

class Builder final : public BatchBuilder {
 public:
  Builder(RingSlot& slot, std::uint64_t limit) : slot_(slot), limit_(limit) {}
  std::span<std::byte> add(std::string_view name, DType dtype, const Shape& shape) override {
    const std::uint64_t bytes = shape.elements() * dtype_size(dtype);
    if (bytes > limit_)
      throw Error(ErrorCode::kTooLarge, "a collate function's tensor is larger than memory_bytes");
    slot_.names.emplace_back(name);
    // Tensors must not move when the next one comes, so each has memory of its own.
    blocks_.emplace_back(bytes);
    slot_.tensors.push_back(
        {slot_.names.back(), dtype, shape, Encoding::kArray, blocks_.back(), &slot_});
    return blocks_.back();
  }
  std::deque<std::vector<std::byte>> take() { return std::move(blocks_); }

 private:
  RingSlot& slot_;
  std::uint64_t limit_;
  std::deque<std::vector<std::byte>> blocks_;
};

}  // namespace

void Pipeline::complete(RingSlot& slot) const {
  if (!options_.collate->completes()) return;
  std::vector<Tensor> tensors;
  std::vector<Sample> samples;
  tensors.reserve(slot.samples.size() * fields_.size());
  for (std::size_t i = 0; i < slot.samples.size(); ++i) {
    const std::size_t first = tensors.size();
    for (std::size_t f = 0; f < fields_.size(); ++f) {
      tensors.push_back({fields_[f].name, fields_[f].dtype, slot.shapes.shape(i, f),
                         fields_[f].encoding, place(slot, i, f)});
    }
    samples.emplace_back(std::string_view(), std::span(tensors).subspan(first));
  }
  slot.names.clear();
  Builder builder(slot, options_.memory_bytes);
  options_.collate->complete(samples, builder);
  slot.blocks = builder.take();
}

}  // namespace dsprep
