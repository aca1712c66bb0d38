// Permutation: a bijection of [0, n) that is a function of its key. Value type; const members any
// number of threads.
#pragma once

#include <algorithm>
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
  // Each round changes one half by a function of the other: by xor, or by a sum modulo the number
  // of high halves. Both undo themselves whatever the function is, so a round is a bijection of the
  // pairs. Here, so that a loop over indexes has several of them on their way at a time.
  std::uint64_t turn(std::uint64_t value) const noexcept {
    std::uint64_t low = value & low_mask_;
    std::uint64_t high = value >> low_bits_;
    for (std::size_t round = 0; round < kRounds; round += 2) {
      high += scramble(low, rounds_[round]) * highs_ >> 32;  // below highs_, as scramble() < 2^32
      // Modulo highs_; below it the difference wraps round and is the larger one. A branch would be
      // guessed wrong half of the time.
      high = std::min(high, high - highs_);
      low ^= scramble(high, rounds_[round + 1]) & low_mask_;
    }
    return high << low_bits_ | low;
  }

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
