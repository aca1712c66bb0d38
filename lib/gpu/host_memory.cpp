#include "lib/gpu/host_memory.h"

#include <linux/mempolicy.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "dsprep/error.h"
#include "formats/common/bytes.h"

namespace dsprep::cuda {
namespace {

constexpr std::size_t kLargePage = std::size_t{2} << 20;

std::size_t page_bytes(std::size_t bytes) {
  return round_up(bytes, static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)));
}

// A preference: pages come from elsewhere where that node has none. Without libnuma, whose one
// function this is.
void prefer_node(void* memory, std::size_t bytes, int node) noexcept {
  constexpr int kMostNodes = 1024, kBits = 8 * sizeof(unsigned long);
  if (node < 0 || node >= kMostNodes) return;
  unsigned long mask[kMostNodes / kBits] = {};
  mask[node / kBits] = 1UL << (node % kBits);
  (void)::syscall(SYS_mbind, memory, bytes, MPOL_PREFERRED, mask, kMostNodes, 0);
}

}  // namespace

void* HostMemory::allocate(std::size_t bytes) {
  const std::size_t size = page_bytes(bytes);
  void* memory = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED)
    throw Error(ErrorCode::kIo, "no memory for a slot of " + std::to_string(size) + " bytes", {},
                "make batch or prefetch smaller");
  prefer_node(memory, size, device_->numa_node());
  if (size >= kLargePage) (void)::madvise(memory, size, MADV_HUGEPAGE);
  const std::string refused = device_->pin(memory, size);
  try {
    const std::lock_guard lock(mutex_);
    pinned_.emplace(memory, refused.empty());
    if (!refused.empty()) {
      refused_ = refused;
      refused_bytes_ += size;
    }
  } catch (...) {
    if (refused.empty()) device_->unpin(memory);
    ::munmap(memory, size);
    throw;
  }
  return memory;
}

void HostMemory::release(void* memory, std::size_t bytes) noexcept {
  const std::size_t size = page_bytes(bytes);
  bool pinned = false;
  {
    const std::lock_guard lock(mutex_);
    const auto found = pinned_.find(memory);
    pinned = found->second;
    pinned_.erase(found);
    if (!pinned) refused_bytes_ -= size;
  }
  if (pinned) device_->unpin(memory);
  ::munmap(memory, size);
}

std::vector<std::string> HostMemory::warnings() const {
  const std::lock_guard lock(mutex_);
  if (refused_bytes_ == 0) return {};
  return {std::to_string(refused_bytes_) + " bytes of slots are not page-locked, so copies to " +
          device_->name() + " are slower and hold up the host: " + refused_};
}

}  // namespace dsprep::cuda
