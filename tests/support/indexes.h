// Lists of sample numbers, as tests of orders compare them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <vector>

namespace dsprep::test {

using Indexes = std::vector<std::uint64_t>;

/// 0 to n - 1.
inline Indexes range(std::uint64_t n) {
  Indexes out(n);
  std::iota(out.begin(), out.end(), std::uint64_t{0});
  return out;
}

inline Indexes sorted(Indexes values) {
  std::ranges::sort(values);
  return values;
}

}  // namespace dsprep::test
