// Share: which rows of an epoch a rank gets at which step. Value type, pure functions.
//
// The global batch is batch × world rows in the order of the epoch; rank r takes every world-th of
// it, from r on. So another world with the same global batch delivers the same global batches, and
// ranks get alike lengths where the order has sorted them.
#pragma once

#include <cstdint>

namespace dsprep {

/// What becomes of the rows that do not fill a global batch.
enum class Tail : std::uint8_t {
  kKeep,  ///< delivered: ranks' last batches may differ by one row, none may be empty
  kDrop,  ///< left out of this epoch
  kPad,   ///< delivered, the same number of rows on each rank: some repeat a row and are invalid
};

struct Topology {
  std::uint64_t batch = 1;  ///< rows a rank, 0: rows / world, rounded up
  std::uint64_t rank = 0;
  std::uint64_t world = 1;
  Tail tail = Tail::kKeep;
};

struct ShareRow {
  std::uint64_t position = 0;
  bool valid = true;
};

class Share {
 public:
  /// The epoch's rows from position `first` on. Throws kUsage: a rank's last batch would be empty.
  Share(const Topology& topology, std::uint64_t rows, std::uint64_t first);

  std::uint64_t steps() const noexcept { return steps_; }
  std::uint64_t global_batch() const noexcept { return global_; }
  /// Rows of this rank at a step. Requires: step < steps(), here and below.
  std::uint64_t rows(std::uint64_t step) const noexcept;
  ShareRow row(std::uint64_t step, std::uint64_t number) const noexcept {
    const std::uint64_t at = number * topology_.world + topology_.rank;
    const std::uint64_t all = wanted(step);
    return {first_ + step * global_ + (at < all ? at : at % all), at < all};
  }
  /// Position behind the global batch of a step: where a checkpoint after it goes on.
  std::uint64_t end(std::uint64_t step) const noexcept;
  /// Valid rows of this rank in all steps.
  std::uint64_t valid_rows() const noexcept;

 private:
  std::uint64_t wanted(std::uint64_t step) const noexcept {  // rows of the global batch
    const std::uint64_t left = rows_ - first_ - step * global_;
    return left < global_ ? left : global_;
  }
  Topology topology_;
  std::uint64_t rows_, first_, global_, steps_ = 0;
};

}  // namespace dsprep
