#include "tools/ingest/batch.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <new>

#include "formats/common/bytes.h"

namespace dsprep {
namespace {
constexpr std::size_t kChunkBytes = 1 << 20;
constexpr std::size_t kAlignment = 16;
constexpr std::size_t kHugePage = 2 << 20;
}  // namespace

// For one large input pages of the usual size cost more than filling them.
Arena::Chunk Arena::make_chunk(std::size_t size) {
  const bool large = size >= 2 * kHugePage;
  if (large) size = round_up(size, kHugePage);
  auto* memory =
      static_cast<std::byte*>(large ? std::aligned_alloc(kHugePage, size) : std::malloc(size));
  if (memory == nullptr) throw std::bad_alloc();
  if (large) (void)::madvise(memory, size, MADV_HUGEPAGE);  // only advice
  return {std::unique_ptr<std::byte, Free>(memory), size};
}

std::span<std::byte> Arena::allocate(std::size_t bytes) {
  const std::size_t room = round_up(bytes, kAlignment);
  while (chunk_ < chunks_.size() && chunks_[chunk_].size - used_ < room) {
    ++chunk_;
    used_ = 0;
  }
  if (chunk_ == chunks_.size()) {
    const std::size_t size = std::max(room, kChunkBytes);
    chunks_.push_back(make_chunk(size));
    used_ = 0;
  }
  const std::span<std::byte> memory(chunks_[chunk_].memory.get() + used_, bytes);
  used_ += room;
  return memory;
}

Bytes Arena::copy(Bytes bytes) {
  const std::span<std::byte> memory = allocate(bytes.size());
  if (!bytes.empty()) std::memcpy(memory.data(), bytes.data(), bytes.size());
  return memory;
}

void Arena::reset() noexcept {
  // Chunks over the usual size were for one large input; they are not kept, so that memory stays
  // bounded.
  std::erase_if(chunks_, [](const Chunk& chunk) { return chunk.size > 4 * kChunkBytes; });
  chunk_ = 0;
  used_ = 0;
}

void Batch::reset() noexcept {
  arena.reset();
  samples.clear();
  values.clear();
  rejects.clear();
  segments.clear();
  left_out = {};
  bytes = 0;
  inputs = Digest();
  stats = Digest();
  pixels = {};
}

}  // namespace dsprep
