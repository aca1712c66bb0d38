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
