#include "formats/common/warm_meter.h"

#include <doctest/doctest.h>

using namespace dsprep;

TEST_CASE(
    "after 32 values from memory no hint is given, and after one that was not they are again") {
  WarmMeter meter;
  CHECK(!meter.warm());
  for (int i = 0; i < 31; ++i) meter.note(true);
  CHECK(!meter.warm());
  meter.note(true);
  CHECK(meter.warm());
  meter.note(true);
  CHECK(meter.warm());
  meter.note(false);
  CHECK(!meter.warm());
  for (int i = 0; i < 32; ++i) meter.note(true);
  CHECK(meter.warm());
}

TEST_CASE("while values are warm, one in 16 is looked at; what is not in memory ends the trust") {
  WarmMeter meter;
  for (int i = 0; i < 32; ++i) {
    CHECK(meter.doubts());
    meter.note(true);
  }
  for (int round = 0; round < 3; ++round) {
    CHECK(meter.doubts());
    meter.note(true);
    for (int i = 0; i < 15; ++i) CHECK(!meter.doubts());
    CHECK(meter.warm());
  }
  CHECK(meter.doubts());
  meter.note(false);
  CHECK(meter.doubts());
  CHECK(!meter.warm());
}
