// ShardCache: the shards that are open, up to a limit. Any number of threads.
#pragma once

#include <cstddef>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <vector>

#include "dsprep/shard.h"

namespace dsprep {

class ShardCache {
 public:
  using Reader = std::shared_ptr<const ShardReader>;
  using Opener = std::function<Reader(std::size_t)>;

  /// `open(slot)` opens one of `slots` shards; it may throw. Requires: limit >= 1.
  ShardCache(std::size_t slots, std::size_t limit, Opener open);

  /// Opens the shard where it is not open. Threads that want the same one wait for one opening;
  /// others do not wait.
  Reader get(std::size_t slot) const;

 private:
  struct Slot {
    std::mutex opening;
    Reader reader;                           // guarded by mutex_, as `place` is
    std::list<std::size_t>::iterator place;  // in used_, where `reader` is set
  };
  Reader find(std::size_t slot) const;
  void insert(std::size_t slot, Reader reader) const;

  Opener open_;
  std::size_t limit_;
  mutable std::mutex mutex_;
  mutable std::list<std::size_t> used_;  // open slots, the one used last in front
  mutable std::vector<Slot> slots_;
};

}  // namespace dsprep
