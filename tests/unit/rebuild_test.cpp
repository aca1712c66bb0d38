// What verify --rebuild says of two shards that should be one, and of which shards it takes.
#include "tools/ingest/rebuild.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>

#include "support/scratch.h"
#include "tools/ingest/compare_inputs.h"
#include "tools/ingest/compare_shards.h"

namespace dsprep {
namespace {

struct Sample {
  std::string key;
  std::string text;
  std::string source;
};

ShardSummary write_shard(const std::filesystem::path& stem, const std::vector<Sample>& samples) {
  Schema schema;
  schema.fields = {{"text", DType::kUint8, {-1}, Encoding::kText}};
  const auto writer = create_shard(stem, {.container = Container::kWds,
                                          .schema = schema,
                                          .split = "train",
                                          .plan = "p",
                                          .options = "{}"});
  for (const Sample& sample : samples) {
    const std::vector<FieldValue> values = {{as_bytes(sample.text), {sample.text.size()}}};
    writer->append(
        {.key = sample.key, .fields = values, .source = xxh3_128(as_bytes(sample.source))});
  }
  const auto pending = writer->finish();
  pending->publish();
  return pending->summary();
}

// What is said of `stored`, where the rebuild gave `rebuilt`.
std::vector<Fault> compare(const std::vector<Sample>& stored, const std::vector<Sample>& rebuilt,
                           const std::map<std::string, std::string>& rejects = {}) {
  const test::Scratch scratch;
  ShardRow row;
  row.files = write_shard(scratch / "a", stored).files;
  const ShardSummary summary = write_shard(scratch / "b", rebuilt);
  const ShardPair pair{.stored = (scratch / "a").string(),
                       .rebuilt = (scratch / "b").string(),
                       .shard = "train-00000",
                       .row = row,
                       .summary = summary};
  std::vector<Fault> faults;
  if (compare_files(pair) == 0) compare_samples(pair, rejects, faults);
  return faults;
}

const std::vector<Sample> kThree = {{"a", "1", "A"}, {"b", "22", "B"}, {"c", "333", "C"}};

}  // namespace

TEST_CASE("equal shards have no differences") { CHECK(compare(kThree, kThree).empty()); }

TEST_CASE("the same input with another value is damage of the data, and names the field") {
  const auto faults = compare(kThree, {kThree[0], {"b", "2x", "B"}, kThree[2]});
  REQUIRE(faults.size() == 1);
  CHECK(faults[0].code == ErrorCode::kCorrupt);
  CHECK(faults[0].key == "b");
  CHECK(faults[0].where.sample == 1);
  CHECK(faults[0].where.field == "text");
}

TEST_CASE("another input with another value is another version") {
  const auto faults = compare(kThree, {kThree[0], {"b", "2x", "BB"}, kThree[2]});
  REQUIRE(faults.size() == 1);
  CHECK(faults[0].code == ErrorCode::kVersion);
  CHECK(faults[0].what.find("has changed") != std::string::npos);
}

TEST_CASE("samples that only one of the two has are named, with the reason where there is one") {
  const auto faults =
      compare(kThree, {kThree[0], {"d", "4", "D"}, kThree[2]}, {{"b", "corrupt: x"}});
  REQUIRE(faults.size() == 2);
  CHECK(faults[0].key == "b");
  CHECK(faults[0].what.find("corrupt: x") != std::string::npos);
  CHECK(faults[1].key == "d");
}

TEST_CASE("the same samples in another order are another file") {
  const auto faults = compare(kThree, {kThree[1], kThree[0], kThree[2]});
  REQUIRE(faults.size() == 1);
  CHECK(faults[0].what.find("no sample does") != std::string::npos);
}

TEST_CASE("a larger share takes the shards of a smaller one and more, and one at least") {
  Manifest manifest;
  manifest.plan = "0123";
  manifest.splits = {{"train", 0, 200}};
  for (std::uint32_t i = 0; i < 200; ++i) manifest.shards.emplace_back().number = i;
  std::vector<std::size_t> before;
  for (const std::uint64_t share : {1, 1'000, 100'000, 500'000, 1'000'000}) {
    const std::vector<std::size_t> chosen = choose_shards(manifest, share);
    CHECK(!chosen.empty());
    CHECK(std::ranges::includes(chosen, before));
    before = chosen;
  }
  CHECK(before.size() == 200);
  const std::size_t half = choose_shards(manifest, 500'000).size();
  CHECK(half > 70);
  CHECK(half < 130);
  CHECK(choose_shards(manifest, 0).empty());
}

TEST_CASE("the input of a sample is told from its key") {
  BuildOptions options;
  options.kind = InputKind::kImage;
  CHECK(input_key("a@5/b:7.jpg", options) == "a@5/b:7.jpg");
  options.tile = TileSpec{};
  CHECK(input_key("a@5/b.jpg@0,512", options) == "a@5/b.jpg");
  options = {};
  options.kind = InputKind::kText;
  options.text.doc = DocRule::kLine;
  CHECK(input_key("x:1.txt:20", options) == "x:1.txt");
  options.text.windows.length = 8;
  CHECK(input_key("x.txt:20@16", options) == "x.txt");
  options.text.doc = DocRule::kFile;
  CHECK(input_key("x:2@16", options) == "x:2");
}

}  // namespace dsprep
