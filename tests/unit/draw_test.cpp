#include "dsprep/draw.h"

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <set>

namespace dsprep {
namespace {

TEST_CASE("a draw is a function of its key and nothing else") {
  Draw first({.seed = 1, .epoch = 2, .position = 3}, 4);
  Draw second({.seed = 1, .epoch = 2, .position = 3}, 4);
  for (int i = 0; i < 100; ++i) CHECK(first.next() == second.next());
}

TEST_CASE("neighbouring seeds, epochs, positions and transforms draw different numbers") {
  std::set<std::uint64_t> seen;
  for (std::uint64_t seed = 0; seed < 8; ++seed)
    for (std::uint64_t epoch = 0; epoch < 8; ++epoch)
      for (std::uint64_t position = 0; position < 64; ++position)
        for (std::uint64_t transform = 0; transform < 4; ++transform)
          seen.insert(Draw({seed, epoch, position}, transform).next());
  CHECK(seen.size() == 8 * 8 * 64 * 4);
}

TEST_CASE("below is uniform") {
  constexpr std::uint64_t kBound = 7;
  constexpr int kDraws = 70000;
  std::array<int, kBound> counts{};
  for (std::uint64_t position = 0; position < kDraws; ++position)
    ++counts[Draw({.seed = 9, .epoch = 0, .position = position}, 0).below(kBound)];
  double chi_square = 0;
  for (const int count : counts) chi_square += std::pow(count - kDraws / 7.0, 2) / (kDraws / 7.0);
  CHECK(chi_square < 22.5);  // 6 degrees of freedom: p = 0.001
}

TEST_CASE("below of nothing and of one is 0, and unit stays under 1") {
  Draw draw({}, 0);
  CHECK(draw.below(0) == 0);
  CHECK(draw.below(1) == 0);
  for (int i = 0; i < 1000; ++i) {
    const double value = draw.unit();
    CHECK(value >= 0);
    CHECK(value < 1);
  }
}

}  // namespace
}  // namespace dsprep
