// Permutation: a bijection of [0, n) that is a function of its key. Value type; const members any
// number of threads.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace dsprep {

/// The network alone, for any n: 8 Feistel rounds over the bits of n - 1, and cycle walking (a
/// value of n or above is encrypted again until it is below: fewer than 2 turns on average).
class FeistelPermutation {
 public:
  FeistelPermutation() = default;
  FeistelPermutation(std::uint64_t n, std::uint64_t key) noexcept;
  std::uint64_t at(std::uint64_t index) const noexcept {
    do {
      index = turn(index);
    } while (index >= n_);
    return index;
  }

 private:
  static constexpr int kRounds = 8;
  struct Round {
    std::uint64_t add = 0;
    std::uint64_t multiply = 0;  // odd
  };
  static std::uint64_t scramble(std::uint64_t value, const Round& round) noexcept {
    const std::uint64_t product = (value ^ round.add) * round.multiply;
    return (product ^ product >> 32) * round.multiply >> 32;
  }
  std::uint64_t turn(std::uint64_t value) const noexcept;

  std::uint64_t n_ = 0;
  std::uint64_t low_mask_ = 0, highs_ = 1;
  int low_bits_ = 0;
  std::array<Round, kRounds> rounds_{};
};

/// Fisher–Yates up to kTableLimit, the network above it.
class Permutation {
 public:
  static constexpr std::uint64_t kTableLimit = 65536;
  Permutation() = default;
  Permutation(std::uint64_t n, std::uint64_t key);
  /// Requires: index < n.
  std::uint64_t at(std::uint64_t index) const noexcept {
    return table_.empty() ? network_.at(index) : table_[index];
  }

 private:
  std::vector<std::uint32_t> table_;
  FeistelPermutation network_;
};

}  // namespace dsprep
