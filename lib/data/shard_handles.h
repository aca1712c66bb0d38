// ShardHandles: one thread's open shards, so that it does not meet the others at the cache's lock
// for every sample. One thread at a time.
#pragma once

#include <memory>
#include <vector>

#include "dsprep/dataset.h"

namespace dsprep {

class ShardHandles {
 public:
  explicit ShardHandles(const Dataset& data)
      : data_(data), first_row_(data.size() == 0 ? 0 : data.locate(0).shard) {}

  /// The shard of sample `index` of the split, and its place there.
  struct At {
    const ShardReader& shard;
    std::uint64_t position;
  };
  At at(std::uint64_t index) {
    if (index - first_ >= count_) {
      const Place place = data_.locate(index);
      count_ = get(place.shard).size();
      first_ = index - place.position;
    }
    return {*last_, index - first_};
  }

  /// True where the shard that was asked for last stays open as long as this.
  bool keeps_last() const noexcept {
    return last_row_ - first_row_ < data_.options().max_open_shards;
  }

  const ShardReader& get(std::size_t row) {
    if (row == last_row_) return *last_;
    const std::size_t slot = row - first_row_;
    // Handles are kept only where they keep no more shards open than the cache would.
    if (slot < data_.options().max_open_shards) {
      if (slot >= kept_.size()) kept_.resize(slot + 1);
      if (!kept_[slot]) kept_[slot] = data_.shard(row);
      last_ = kept_[slot];
    } else {
      last_ = data_.shard(row);
    }
    last_row_ = row;
    count_ = 0;
    return *last_;
  }

 private:
  const Dataset& data_;
  std::size_t first_row_;
  std::size_t last_row_ = ~std::size_t{0};
  std::uint64_t first_ = 0, count_ = 0;  // samples of the split in last_; 0: not asked
  std::shared_ptr<const ShardReader> last_;
  std::vector<std::shared_ptr<const ShardReader>> kept_;
};

}  // namespace dsprep
