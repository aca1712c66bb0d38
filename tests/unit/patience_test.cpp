// How long threads of a loader wait awake.
#include "lib/data/patience.h"

#include <doctest/doctest.h>

using namespace dsprep;

TEST_CASE("one run in which the processor was taken away does not make samples dear, many do") {
  Patience patience;
  CHECK_FALSE(patience.cheap());  // nothing is known yet
  for (int i = 0; i < 20; ++i) patience.note(1'000);
  CHECK(patience.cheap());
  patience.note(10 * 1'000'000);
  CHECK(patience.cheap());
  CHECK(patience.sample_ns() < 3'000);
  int runs = 0;
  while (patience.cheap() && runs < 100) patience.note(10 * 1'000'000), ++runs;
  CHECK(runs < 10);
  while (!patience.cheap() && runs < 200) patience.note(1'000), ++runs;
  CHECK(runs < 100);
}
