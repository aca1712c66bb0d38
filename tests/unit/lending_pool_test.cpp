// What is lent comes back, unless an exception may have left it half-used.
#include <doctest/doctest.h>

#include <stdexcept>

#include "lib/text/lending_pool.h"

using dsprep::LendingPool;

TEST_CASE("what was lent is lent again, but not behind an exception") {
  LendingPool<int> pool;
  int made = 0;
  const auto make = [&made] { return std::make_unique<int>(++made); };
  const auto lend = [&] {
    const LendingPool<int>::Lease lease(pool, make);
    return *lease;
  };
  CHECK(lend() == 1);
  CHECK(lend() == 1);
  const auto fail = [&] {
    const LendingPool<int>::Lease lease(pool, make);
    throw std::runtime_error("in the middle");
  };
  CHECK_THROWS_AS(fail(), std::runtime_error);
  CHECK(lend() == 2);
}
