// SliceCounts: the ValueCounts of the slices that are being written. Any number of threads.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "tools/ingest/value_counts.h"
#include "tools/ingest/window_options.h"

namespace dsprep {

class SliceCounts {
 public:
  /// `windows` as Kind::windows(): what they cut or pack while it is written is not counted.
  SliceCounts(const Plan& plan, const WindowOptions* windows);

  /// A piece of the slice.
  void add(std::size_t slice, const Batch& batch);
  /// Of all its pieces, as ValueCounts::save() writes it; empty where nothing was counted. Requires:
  /// all are added.
  std::vector<std::byte> take(std::size_t slice);

 private:
  using Counts = std::unique_ptr<ValueCounts>;
  Counts borrow(std::size_t slice);

  const Plan& plan_;
  std::uint32_t train_;
  bool packed_;
  bool parts_;  // are counted
  std::mutex mutex_;
  std::map<std::size_t, std::vector<Counts>> slices_;  // as many a slice as threads were in it
};

}  // namespace dsprep
