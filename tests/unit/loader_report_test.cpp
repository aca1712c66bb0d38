#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "dsprep/loader.h"
#include "support/loaders.h"
#include "support/scratch.h"

using namespace dsprep;
using namespace dsprep::test;

TEST_CASE("the counters name the stage that is slow") {
  const struct {
    const char* slow;
    unsigned threads;
    int milliseconds;
  } kCases[] = {{"read", 1, 1},      {"read", 2, 2},      {"read", 0, 1},    {"transform", 1, 1},
                {"transform", 2, 2}, {"transform", 0, 1}, {"plan", 1, 1},    {"plan", 2, 1},
                {"consumer", 1, 3},  {"consumer", 2, 3},  {"collate", 1, 1}, {"collate", 0, 1},
                {"whole", 1, 4},     {"whole", 0, 4}};
  struct SlowFinish final : Collate {
    explicit SlowFinish(int milliseconds) : inner(stack()), time(milliseconds) {}
    void layout(const BatchShapes& shapes, BatchLayout& layout) const override {
      inner->layout(shapes, layout);
    }
    void begin(const BatchShapes& shapes, const BatchMemory& memory) const override {
      inner->begin(shapes, memory);
    }
    void finish(std::size_t, bool, const BatchShapes&, const BatchMemory&) const override {
      nap(time);
    }
    CollatePtr inner;
    int time;
  };
  for (const auto& one : kCases) {
    const std::string slow = one.slow;
    CAPTURE(slow);
    CAPTURE(one.threads);
    FakeBehaviour behaviour;
    LoaderOptions options{.batch_size = 4, .shuffle = true, .threads = one.threads};
    if (slow == "read") behaviour.on_read = [&](std::uint64_t) { nap(one.milliseconds); };
    if (slow == "plan") behaviour.on_shape = [&](std::uint64_t) { nap(one.milliseconds); };
    if (slow == "whole") {
      options.collate =
          collate_function([&](std::span<const Sample>, BatchBuilder&) { nap(one.milliseconds); });
    }
    if (slow == "collate") options.collate = std::make_shared<SlowFinish>(one.milliseconds);
    if (slow == "transform") {
      options.transform = {map_field("id", {"id", DType::kUint64, {}, Encoding::kArray},
                                     [&](const Tensor&, const DrawKey&, std::uint64_t,
                                         const TransformOutput&) { nap(one.milliseconds); })};
    }
    // A machine that stands still for a moment makes any stage slow: three times it does not.
    std::string named;
    const std::string wanted = slow == "whole" ? "collate" : slow;
    for (int tries = 0; tries < 3 && named != wanted; ++tries) {
      Loader loader(fake(120, behaviour), options);
      for (const Batch& batch : loader.epoch(0)) {
        (void)batch;
        if (slow == "consumer") nap(one.milliseconds);
      }
      named = loader.counters().bottleneck();
    }
    CHECK(named == wanted);
  }
}

TEST_CASE("a trace lists what the threads did, as JSON") {
  const Scratch scratch;
  LoaderOptions options{.batch_size = 4, .threads = 2};
  options.trace = true;
  Loader loader(fake(40), options);
  epoch_ids(loader, 0);
  loader.write_trace(scratch / "trace.json");
  const nlohmann::json events = nlohmann::json::parse(slurp(scratch / "trace.json"));
  std::size_t plans = 0, reads = 0;
  std::set<std::uint64_t> read;
  for (const auto& event : events) {
    CHECK(event["dur"].get<double>() >= 0);
    plans += event["name"] == "plan" ? 1 : 0;
    if (event["name"] != "read") continue;
    ++reads;
    read.insert(event["args"]["sample"].get<std::uint64_t>());
  }
  CHECK(plans == 10);
  CHECK(read.size() == 40);
  CHECK(reads > 40);  // each sample, and first for each run of samples where their bytes are
  CHECK(reads <= 80);
}
