// Values that are counted while samples are made: which of them, merged, saved and loaded.
#include "tools/ingest/value_counts.h"

#include <doctest/doctest.h>

#include "tools/ingest/slice_counts.h"

using namespace dsprep;

namespace {

Schema schema_of_text() {
  return {{{"tokens", DType::kUint16, {-1}, Encoding::kArray},
           {"start", DType::kInt64, {}, Encoding::kArray},
           {"length", DType::kUint32, {}, Encoding::kArray}}};
}

struct Values {
  std::vector<std::uint16_t> tokens;
  std::uint32_t length = 0;
};

void add_sample(Batch& batch, const Values& values, std::uint32_t split, ValuePart part) {
  const std::int64_t start = 7;
  batch.values.push_back({.bytes = batch.arena.copy(std::as_bytes(std::span(values.tokens))),
                          .shape = Shape{values.tokens.size()}});
  batch.values.push_back({.bytes = batch.arena.copy(std::as_bytes(std::span(&start, 1))), .shape = {}});
  batch.values.push_back(
      {.bytes = batch.arena.copy(std::as_bytes(std::span(&values.length, 1))), .shape = {}});
  batch.samples.push_back({.key = "key", .split = split, .part = part});
}

Batch small_batch() {
  Batch batch;
  add_sample(batch, {{1, 2, 2}, 3}, 0, ValuePart::kWhole);
  add_sample(batch, {{9, 9}, 90}, 1, ValuePart::kWhole);
  add_sample(batch, {{5, 6}, 70}, 0, ValuePart::kMore);
  add_sample(batch, {{7}, 5}, 0, ValuePart::kLast);
  return batch;
}

NumberStats stats_of(ValueCounts& counts, std::size_t field) {
  REQUIRE(counts.field(field) != nullptr);
  return *counts.field(field)->report({}, 0);
}

}  // namespace

TEST_CASE("the values of one split are counted; parts of a value where they are asked for") {
  for (const bool parts : {true, false}) {
    CAPTURE(parts);
    ValueCounts counts(schema_of_text());
    counts.add(small_batch(), 0, parts);
    CHECK(counts.samples() == (parts ? 2 : 1));
    CHECK(counts.field(1) == nullptr);
    CHECK(stats_of(counts, 0).count == (parts ? 6 : 3));
    CHECK(stats_of(counts, 0).max == (parts ? 7 : 2));
    CHECK(stats_of(counts, 2).count == counts.samples());
    CHECK(stats_of(counts, 2).max == (parts ? 5 : 3));
  }
}

TEST_CASE("counts come back as they were saved, and add up; what is cut is refused") {
  ValueCounts counts(schema_of_text());
  counts.add(small_batch(), 0, true);
  const std::vector<std::byte> saved = counts.save();
  ValueCounts loaded(schema_of_text());
  CHECK(loaded.load(saved));
  CHECK(loaded.load(saved));
  CHECK(loaded.samples() == 4);
  CHECK(stats_of(loaded, 0).count == 12);
  CHECK(stats_of(loaded, 0).mean == stats_of(counts, 0).mean);
  for (std::size_t size = 0; size < saved.size(); ++size) {
    CAPTURE(size);
    CHECK(!ValueCounts(schema_of_text()).load(Bytes(saved).first(size)));
  }
}

TEST_CASE("a field that one thread or slice cannot count is counted by nobody, the others are") {
  Batch batch;
  add_sample(batch, {{1}, 1U << 20}, 0, ValuePart::kWhole);
  ValueCounts beyond(schema_of_text());
  beyond.add(batch, 0, true);
  CHECK(beyond.field(2) == nullptr);
  for (const bool through_file : {true, false}) {
    for (const bool beyond_first : {true, false}) {
      ValueCounts first(schema_of_text()), second(schema_of_text());
      (beyond_first ? first : second).add(batch, 0, true);
      (beyond_first ? second : first).add(small_batch(), 0, true);
      if (through_file) {
        CHECK(first.load(second.save()));
      } else {
        first.merge(second);
      }
      CHECK(first.field(2) == nullptr);
      CHECK(first.samples() == 3);
      CHECK(stats_of(first, 0).count == 7);
    }
  }
}

TEST_CASE("a slice's counts are those of all its pieces; packed rows are not counted") {
  Plan plan;
  plan.schema = schema_of_text();
  plan.splits = {"train", "val"};
  const auto check = [&](const WindowOptions* windows, std::uint64_t expected) {
    SliceCounts slices(plan, windows);
    for (int i = 0; i < 3; ++i) slices.add(4, small_batch());
    slices.add(5, small_batch());
    const std::vector<std::byte> saved = slices.take(4);
    CHECK(slices.take(4).empty());
    CHECK(saved.empty() == (expected == 0));
    if (expected == 0) return;
    ValueCounts counts(plan.schema);
    CHECK(counts.load(saved));
    CHECK(counts.samples() == expected);
  };
  check(nullptr, 6);
  WindowOptions windows;
  check(&windows, 3);
  windows.pack = true;
  check(&windows, 0);
  plan.splits = {"val", "test"};
  check(nullptr, 0);
}
