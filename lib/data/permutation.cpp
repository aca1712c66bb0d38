#include "lib/data/permutation.h"

#include <algorithm>
#include <bit>
#include <numeric>
#include <utility>

#include "dsprep/draw.h"

namespace dsprep {
namespace {

constexpr std::uint64_t kNetworkStream =
    0x6e6574;  // keeps the table's draws and the network's apart

}  // namespace

FeistelPermutation::FeistelPermutation(std::uint64_t n, std::uint64_t key) noexcept : n_(n) {
  // Two bits at least: a half without bits would leave nothing to exchange.
  const int bits = std::max(2, n < 2 ? 0 : static_cast<int>(std::bit_width(n - 1)));
  low_bits_ = bits / 2;
  low_mask_ = (std::uint64_t{1} << low_bits_) - 1;
  highs_ = std::max<std::uint64_t>(2, n == 0 ? 0 : ((n - 1) >> low_bits_) + 1);
  std::uint64_t count = 0;
  for (Round& round : rounds_) {
    round.add = mix(mix(key, kNetworkStream), ++count);
    round.multiply = mix(mix(key, kNetworkStream), ++count) | 1;
  }
}

// Each round changes one half by a function of the other: by xor, or by a sum modulo the number of
// high halves. Both undo themselves whatever the function is, so a round is a bijection of the
// pairs.
std::uint64_t FeistelPermutation::turn(std::uint64_t value) const noexcept {
  std::uint64_t low = value & low_mask_;
  std::uint64_t high = value >> low_bits_;
  for (std::size_t round = 0; round < kRounds; round += 2) {
    high += scramble(low, rounds_[round]) * highs_ >> 32;  // below highs_, as scramble() < 2^32
    high -= high >= highs_ ? highs_ : 0;
    low ^= scramble(high, rounds_[round + 1]) & low_mask_;
  }
  return high << low_bits_ | low;
}

Permutation::Permutation(std::uint64_t n, std::uint64_t key) {
  if (n == 0 || n > kTableLimit) {
    network_ = FeistelPermutation(n, key);
    return;
  }
  table_.resize(n);
  std::iota(table_.begin(), table_.end(), 0U);
  Draw draw({.seed = key, .epoch = 0, .position = 0}, 0);
  for (std::uint64_t left = n; left > 1; --left)
    std::swap(table_[left - 1], table_[draw.below(left)]);
}

}  // namespace dsprep
