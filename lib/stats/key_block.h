// KeyBlock: the keys of some rows of numbers, and the least and greatest of each feature, made in
// vectors. One thread's.
#pragma once

#include <cstdint>
#include <vector>

#include "dsprep/checksum.h"
#include "lib/stats/number_layout.h"

namespace dsprep {

class KeyBlock {
 public:
  explicit KeyBlock(std::size_t features);

  std::size_t rows() const noexcept { return rows_; }  ///< at most, that it takes at once
  /// Whole rows, rows() at most. True where a number is not finite: it has a key of its own, but is
  /// neither least nor greatest. Requires: L has fewer than 64 bits.
  template <class L>
  bool take(Bytes rows);

  /// By element of the rows.
  const std::uint32_t* keys() const noexcept { return keys_.data(); }

  /// Over all that was taken; ~0 and 0 where no number was finite.
  std::uint64_t least(std::size_t feature) const;
  std::uint64_t greatest(std::size_t feature) const;

 private:
  std::size_t features_;
  std::size_t pattern_;  // elements: whole rows, and whole vectors where rows are short
  std::size_t rows_;
  std::vector<std::uint32_t> keys_;
  std::vector<std::uint32_t> least_, greatest_;  // by place in the pattern
};

}  // namespace dsprep
