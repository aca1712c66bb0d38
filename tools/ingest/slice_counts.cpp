#include "tools/ingest/slice_counts.h"

#include <utility>

namespace dsprep {

SliceCounts::SliceCounts(const Plan& plan, const WindowOptions* windows)
    : plan_(plan),
      train_(plan.train_split()),
      packed_(windows != nullptr && windows->pack),
      parts_(windows == nullptr) {}

SliceCounts::Counts SliceCounts::borrow(std::size_t slice) {
  {
    const std::lock_guard lock(mutex_);
    std::vector<Counts>& idle = slices_[slice];
    if (!idle.empty()) {
      Counts counts = std::move(idle.back());
      idle.pop_back();
      return counts;
    }
  }
  return std::make_unique<ValueCounts>(plan_.schema);
}

void SliceCounts::add(std::size_t slice, const Batch& batch) {
  if (packed_) return;
  Counts counts = borrow(slice);
  if (counts->any()) counts->add(batch, train_, parts_);
  const std::lock_guard lock(mutex_);
  slices_[slice].push_back(std::move(counts));
}

std::vector<std::byte> SliceCounts::take(std::size_t slice) {
  std::vector<Counts> all;
  {
    const std::lock_guard lock(mutex_);
    const auto found = slices_.find(slice);
    if (found == slices_.end()) return {};
    all = std::move(found->second);
    slices_.erase(found);
  }
  for (std::size_t i = 1; i < all.size(); ++i) all[0]->merge(*all[i]);
  return all[0]->any() && all[0]->samples() != 0 ? all[0]->save() : std::vector<std::byte>();
}

}  // namespace dsprep
