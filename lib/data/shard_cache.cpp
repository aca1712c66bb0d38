#include "lib/data/shard_cache.h"

#include <utility>

namespace dsprep {

ShardCache::ShardCache(std::size_t slots, std::size_t limit, Opener open)
    : open_(std::move(open)), limit_(limit), slots_(slots) {}

ShardCache::Reader ShardCache::find(std::size_t slot) const {
  const std::lock_guard lock(mutex_);
  Slot& entry = slots_[slot];
  if (entry.reader) used_.splice(used_.begin(), used_, entry.place);
  return entry.reader;
}

void ShardCache::insert(std::size_t slot, Reader reader) const {
  std::vector<Reader> closing;  // closed after the lock is let go
  const std::lock_guard lock(mutex_);
  while (used_.size() >= limit_) {
    closing.push_back(std::move(slots_[used_.back()].reader));
    used_.pop_back();
  }
  used_.push_front(slot);
  slots_[slot].place = used_.begin();
  slots_[slot].reader = std::move(reader);
}

ShardCache::Reader ShardCache::get(std::size_t slot) const {
  if (Reader reader = find(slot)) return reader;
  const std::lock_guard opening(slots_[slot].opening);
  if (Reader reader = find(slot)) return reader;  // another thread has opened it meanwhile
  Reader reader = open_(slot);
  insert(slot, reader);
  return reader;
}

}  // namespace dsprep
