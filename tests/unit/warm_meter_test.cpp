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
