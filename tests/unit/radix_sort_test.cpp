#include "lib/data/radix_sort.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "dsprep/draw.h"

using namespace dsprep;

TEST_CASE("numbers of any width come in the order that comparing them gives") {
  std::vector<std::uint64_t> scratch;
  for (const unsigned bits : {0U, 1U, 10U, 11U, 12U, 33U, 64U}) {
    for (const std::size_t count : {0, 1, 2, 1000}) {
      Draw draw({.seed = bits, .epoch = 0, .position = count}, 0);
      std::vector<std::uint64_t> keys(count);
      for (std::uint64_t& key : keys) key = bits == 0 ? 0 : draw.next() >> (64 - bits);
      std::vector<std::uint64_t> expected = keys;
      std::ranges::sort(expected);
      radix_sort(keys, scratch, bits);
      CHECK(keys == expected);
    }
  }
}
