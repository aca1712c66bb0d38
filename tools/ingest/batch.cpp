#include "tools/ingest/batch.h"

#include <algorithm>
#include <cstring>

#include "formats/common/bytes.h"

namespace dsprep {
namespace {
constexpr std::size_t kChunkBytes = 1 << 20;
constexpr std::size_t kAlignment = 16;
}  // namespace

std::span<std::byte> Arena::allocate(std::size_t bytes) {
  const std::size_t room = round_up(bytes, kAlignment);
  while (chunk_ < chunks_.size() && chunks_[chunk_].size - used_ < room) {
    ++chunk_;
    used_ = 0;
  }
  if (chunk_ == chunks_.size()) {
    const std::size_t size = std::max(room, kChunkBytes);
    chunks_.push_back({std::make_unique_for_overwrite<std::byte[]>(size), size});
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
}

}  // namespace dsprep
