#include "lib/gpu/standin.h"

#include <cstring>
#include <new>

#include "dsprep/error.h"
#include "lib/gpu/run_on_host.h"

namespace dsprep::cuda {
namespace {

constexpr std::align_val_t kAlignment{256};
constexpr int kPoison = 0xcd;  // what nobody has written

}  // namespace

std::shared_ptr<Standin> make_standin(const StandinOptions& options) {
  return std::make_shared<Standin>(options);
}
DevicePtr standin(const StandinOptions& options) { return make_standin(options); }

Standin::Standin(const StandinOptions& options)
    : options_(options), streams_(std::make_unique<StandinStreams>(options)) {}

Standin::~Standin() {
  streams_.reset();  // what stands in them may use the memory
  for (const auto& [memory, bytes] : blocks_)
    ::operator delete(const_cast<std::byte*>(memory), kAlignment);
}

std::string Standin::pin(void* memory, std::size_t bytes) {
  if (options_.refuse_pinning) return "the stand-in was told to refuse";
  const std::lock_guard lock(mutex_);
  pinned_.emplace(memory, bytes);
  return {};
}

void Standin::unpin(void* memory) noexcept {
  const std::lock_guard lock(mutex_);
  if (pinned_.erase(memory) == 0) faults_.emplace_back("memory is unlocked that was not locked");
}

void* Standin::allocate(std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  if (options_.memory_bytes != 0 && allocated_ + bytes > options_.memory_bytes)
    throw Error(ErrorCode::kTooLarge, "the stand-in has no " + std::to_string(bytes) + " bytes");
  auto* memory = static_cast<std::byte*>(::operator new(bytes, kAlignment));
  std::memset(memory, kPoison, bytes);
  blocks_.emplace(memory, bytes);
  allocated_ += bytes;
  return memory;
}

void Standin::free(void* memory) noexcept {
  if (memory == nullptr) return;
  const std::lock_guard lock(mutex_);
  const auto found = blocks_.find(static_cast<std::byte*>(memory));
  if (found == blocks_.end()) {
    faults_.emplace_back("memory is freed that was not allocated");
    return;
  }
  allocated_ -= found->second;
  blocks_.erase(found);
  ::operator delete(memory, kAlignment);
}

void Standin::check(const void* memory, std::size_t bytes, const char* what) {
  const std::lock_guard lock(mutex_);
  const auto* begin = static_cast<const std::byte*>(memory);
  auto block = blocks_.upper_bound(begin);
  const bool inside =
      block != blocks_.begin() && (--block, begin + bytes <= block->first + block->second);
  if (!inside) faults_.push_back(std::string(what) + " touch memory that is not the device's");
}

void Standin::copy(void* to, const void* from, std::size_t bytes, Direction direction,
                   Stream stream) {
  streams_->enqueue(stream, [this, to, from, bytes, direction] {
    if (direction != Direction::kToHost) check(to, bytes, "copies");
    if (direction != Direction::kToDevice) check(from, bytes, "copies");
    if (bytes != 0) std::memcpy(to, from, bytes);
  });
}

void Standin::run(const PixelJob& job, Stream stream) {
  streams_->enqueue(stream, [this, job] {
    const std::uint64_t each = job.type == PixelType::kFloat ? sizeof(float) : sizeof(Half);
    check(job.out, std::uint64_t{job.rows} * job.channels * job.width * job.height * each,
          "pixels");
    check(job.draws, job.rows * sizeof(PixelDraw), "draws");
    run_on_host(job);
  });
}

void Standin::run(const TokenJob& job, Stream stream) {
  streams_->enqueue(stream, [this, job] {
    const std::uint64_t cells = job.rows * job.length;
    const std::uint64_t ids = cells * (job.wide ? sizeof(std::int64_t) : sizeof(std::int32_t));
    if (cells != 0) check(job.ids, ids, "tokens");
    if (cells != 0 && job.targets != nullptr) check(job.targets, ids, "targets");
    if (cells != 0 && job.mask != nullptr) check(job.mask, cells, "a mask");
    run_on_host(job);
  });
}

std::vector<std::string> Standin::faults() const {
  const std::lock_guard lock(mutex_);
  return faults_;
}
std::size_t Standin::allocated() const {
  const std::lock_guard lock(mutex_);
  return allocated_;
}
std::size_t Standin::pinned() const {
  const std::lock_guard lock(mutex_);
  return pinned_.size();
}

}  // namespace dsprep::cuda
