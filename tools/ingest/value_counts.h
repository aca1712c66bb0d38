// ValueCounts: how often each value stands in train's samples, counted while they are made, so that
// nobody has to read them again for statistics. One thread at a time; merging adds.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "lib/stats/integer_counts.h"
#include "tools/ingest/batch.h"
#include "tools/ingest/plan.h"

namespace dsprep {

class ValueCounts {
 public:
  /// Of the fields with values that can be counted, the first few of them.
  explicit ValueCounts(const Schema& schema);

  /// Counts the samples of `split`. Values that come in parts are counted where `parts`.
  void add(const Batch& batch, std::uint32_t split, bool parts);
  void merge(ValueCounts& other);

  /// False where no field can be counted (any more).
  bool any() const noexcept;
  std::uint64_t samples() const noexcept { return samples_; }
  /// Null where the field is not counted.
  IntegerCounts* field(std::size_t index) noexcept;

  /// For another process.
  std::vector<std::byte> save();
  /// Adds what save() has written for the same schema. False where that is damaged; some of it may
  /// be counted then.
  bool load(Bytes in);

 private:
  std::uint64_t samples_ = 0;
  std::vector<std::optional<IntegerCounts>> fields_;  // by schema
};

}  // namespace dsprep
