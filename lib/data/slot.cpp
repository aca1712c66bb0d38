// A slot's memory, the places in it, and what a collate function adds to it.
#include <sys/mman.h>

#include <algorithm>
#include <new>
#include <string>
#include <utility>

#include "dsprep/error.h"
#include "formats/common/bytes.h"
#include "lib/data/pipeline.h"

namespace dsprep {
namespace {

constexpr std::uint64_t kAlignment = 64;
constexpr std::uint64_t kLargePage = std::uint64_t{2} << 20;

std::align_val_t alignment_of(std::uint64_t bytes) noexcept {
  return std::align_val_t{bytes < kLargePage ? kAlignment : kLargePage};
}

// Large pages where the system gives them: a batch of 7 MB has more small ones than the processor
// remembers, and every write to another would have to look up where it is. A rest of less than a
// large page stays as it is, so that no memory is taken that nobody asked for.
void* own_memory(std::uint64_t bytes) {
  void* memory = ::operator new(bytes, alignment_of(bytes));
  if (bytes >= kLargePage) (void)::madvise(memory, bytes / kLargePage * kLargePage, MADV_HUGEPAGE);
  return memory;
}

}  // namespace

SlotBytes::SlotBytes(SlotBytes&& other) noexcept
    : from_(other.from_),
      memory_(std::exchange(other.memory_, nullptr)),
      capacity_(other.capacity_.exchange(0)) {}

void SlotBytes::clear() noexcept {
  if (memory_ == nullptr) return;
  if (from_->release) {
    from_->release(memory_, capacity());
  } else {
    ::operator delete(memory_, alignment_of(capacity()));
  }
  memory_ = nullptr;
  capacity_ = 0;
}

std::byte* SlotBytes::reserve(std::uint64_t bytes, std::uint64_t wanted) {
  if (bytes <= capacity()) return memory_;
  clear();
  memory_ = static_cast<std::byte*>(from_->allocate ? from_->allocate(wanted) : own_memory(wanted));
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
  /// `room`: bytes that all tensors together may have.
  Builder(RingSlot& slot, std::uint64_t room) : slot_(slot), room_(room) {}
  std::span<std::byte> add(std::string_view name, DType dtype, const Shape& shape) override {
    std::uint64_t bytes = 0;
    if (__builtin_mul_overflow(shape.elements(), dtype_size(dtype), &bytes) || bytes > room_)
      throw Error(ErrorCode::kTooLarge,
                  "the collate function asks for more than the " + std::to_string(room_) +
                      " bytes that are left of the slot's limit",
                  {.field = std::string(name)},
                  "raise memory_bytes, or make batch or prefetch smaller");
    if (std::ranges::count(slot_.tensors, name, &Tensor::name) != 0) refuse_tensor_name(name);
    room_ -= bytes;
    slot_.block_bytes.fetch_add(bytes, std::memory_order_relaxed);
    // Tensors must not move when the next one comes, so each has memory of its own.
    slot_.names.emplace_back(name);
    std::vector<std::byte>& block = slot_.blocks.emplace_back(bytes);
    slot_.tensors.push_back({slot_.names.back(), dtype, shape, Encoding::kArray, block, &slot_});
    return block;
  }

 private:
  RingSlot& slot_;
  std::uint64_t room_;
};

}  // namespace

void Pipeline::make_whole(RingSlot& slot, std::uint64_t limit) const {
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
  slot.blocks.clear();
  slot.block_bytes.store(0, std::memory_order_relaxed);
  Builder builder(slot, limit - std::min(limit, slot.memory.capacity()));
  options_.collate->complete(samples, builder);
}

void Pipeline::complete(RingSlot& slot, std::uint64_t limit, Lane& lane) const {
  const std::uint64_t first = slot.samples.front();
  lane.weight = 1;
  lane.sample.store(first, std::memory_order_relaxed);
  lane.enter(Stage::kCollate, options_.trace, first);
  std::exception_ptr fault;
  try {
    make_whole(slot, limit);
  } catch (const Error&) {
    fault = std::current_exception();
  } catch (const std::exception& other) {
    fault = std::make_exception_ptr(
        Error(ErrorCode::kInternal, std::string("the collate function threw: ") + other.what()));
  } catch (...) {
    fault = std::make_exception_ptr(
        Error(ErrorCode::kInternal, "the collate function threw no std::exception"));
  }
  lane.enter(Stage::kIdle, options_.trace, first);
  if (fault) std::rethrow_exception(fault);
}

}  // namespace dsprep
