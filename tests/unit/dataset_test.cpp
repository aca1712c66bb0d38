#include "dsprep/dataset.h"

#include <doctest/doctest.h>

#include <atomic>
#include <set>
#include <thread>

#include "dsprep/error.h"
#include "formats/common/parallel.h"
#include "lib/data/shard_cache.h"
#include "support/scratch.h"
#include "support/small_dataset.h"

using namespace dsprep;
using namespace dsprep::test;
namespace fs = std::filesystem;

namespace {

constexpr Container kContainers[] = {Container::kMemmap, Container::kLmdb, Container::kWds};

template <class Action>
Error error_of(Action action) {
  try {
    action();
  } catch (const Error& error) {
    return error;
  }
  return {ErrorCode::kInternal, "nothing was thrown"};
}

void check_sample(const Sample& sample, const SmallSample& expected) {
  CHECK(sample.key() == expected.key);
  CHECK(std::ranges::equal(sample["image"].bytes, expected.image));
  CHECK(sample["label"].scalar<std::int64_t>() == expected.label);
  CHECK(sample["label"].label() == expected.label);
  CHECK(std::ranges::equal(sample["tokens"].as<std::uint16_t>(), expected.tokens));
  CHECK(sample["tokens"].shape == Shape{expected.tokens.size()});
  if (!expected.tokens.empty()) {
    CHECK(reinterpret_cast<std::uintptr_t>(sample["tokens"].bytes.data()) % 64 == 0);
  }
}

}  // namespace

TEST_CASE(
    "every sample of every container comes back by its index, in any order, with empty shards "
    "between") {
  for (const Container container : kContainers) {
    CAPTURE(container_name(container));
    const Scratch scratch;
    make_small_dataset(scratch.path(), container);
    const Dataset train = Dataset::open(scratch.path(), "train");
    REQUIRE(train.size() == 10);
    CHECK(train.split() == "train");
    CHECK(train.classes() == std::vector<std::string>{"cat", "dog"});
    SampleBuffer buffer;
    for (std::uint64_t step = 0; step < 20; ++step) {
      const std::uint64_t index = step * 7 % 10;
      check_sample(train.read(index, buffer), small_sample("train", index));
      CHECK(train.key(index) == small_sample("train", index).key);
      CHECK(std::ranges::equal(train.field(index, "tokens", buffer).as<std::uint16_t>(),
                               small_sample("train", index).tokens));
    }
    CHECK(Dataset::open(scratch.path(), "val").key(2) == small_sample("val", 2).key);
  }
}

TEST_CASE("locate finds the shard's row and the position in it") {
  const Scratch scratch;
  make_small_dataset(scratch.path(), Container::kWds);
  const Dataset train = Dataset::open(scratch.path(), "train");
  const struct {
    std::uint64_t index;
    std::size_t shard;
    std::uint64_t position;
  } kCases[] = {{0, 0, 0}, {3, 0, 3}, {4, 2, 0}, {8, 2, 4}, {9, 3, 0}};
  for (const auto& expected : kCases) {
    CAPTURE(expected.index);
    const Place place = train.locate(expected.index);
    CHECK(place.shard == expected.shard);
    CHECK(place.position == expected.position);
  }
  CHECK(train.shard_name(9) == "train-00003");
  CHECK(train.extents(9).size() == 3);
}

TEST_CASE("a key is found, and a key that is not there is not") {
  const Scratch scratch;
  make_small_dataset(scratch.path(), Container::kLmdb);
  const Dataset train = Dataset::open(scratch.path(), "train");
  CHECK(train.find("dog/train9.png") == 9);
  CHECK(!train.find("dog/val1.png"));
}

TEST_CASE("an owning sample outlives the dataset and the buffer") {
  const Scratch scratch;
  make_small_dataset(scratch.path(), Container::kMemmap);
  std::optional<Sample> sample;
  sample = Dataset::open(scratch.path(), "train").at(7);
  CHECK(sample->owns_bytes());
  check_sample(*sample, small_sample("train", 7));
}

TEST_CASE("asking for what is not there is an error that names what there is") {
  const Scratch scratch;
  make_small_dataset(scratch.path(), Container::kMemmap);
  const Dataset train = Dataset::open(scratch.path(), "train");
  SampleBuffer buffer;
  const struct {
    const char* name;
    Error error;
    ErrorCode code;
    const char* text;
  } kCases[] = {
      {"split", error_of([&] { Dataset::open(scratch.path(), "test"); }), ErrorCode::kNotFound,
       "val"},
      {"field", error_of([&] { train.field(0, "pixels", buffer); }), ErrorCode::kNotFound,
       "image, label, tokens"},
      {"tensor", error_of([&] { train.read(0, buffer)["pixels"]; }), ErrorCode::kNotFound,
       "image, label, tokens"},
      {"index", error_of([&] { train.read(10, buffer); }), ErrorCode::kUsage, "sample 10"},
      {"dtype", error_of([&] { train.read(4, buffer)["tokens"].as<float>(); }), ErrorCode::kUsage,
       "float32, but the field's dtype is uint16"},
      {"scalar", error_of([&] { train.read(4, buffer)["tokens"].scalar<std::uint16_t>(); }),
       ErrorCode::kUsage, "there are 4"},
      {"text", error_of([&] { train.read(4, buffer)["tokens"].text(); }), ErrorCode::kUsage,
       "encoding is array"},
      {"limit", error_of([&] { Dataset::open(scratch.path(), "train", {.max_open_shards = 0}); }),
       ErrorCode::kUsage, "max_open_shards"},
      {"folder", error_of([&] { Dataset::open(scratch / "none", "train"); }), ErrorCode::kNotFound,
       "none"},
  };
  for (const auto& expected : kCases) {
    CAPTURE(expected.name);
    CAPTURE(expected.error.what());
    CHECK(expected.error.code() == expected.code);
    CHECK(std::string(expected.error.what()).find(expected.text) != std::string::npos);
  }
}

TEST_CASE("bytes that are not aligned to their dtype are refused, not read") {
  alignas(8) const std::byte memory[16] = {};
  const Tensor tensor{"x", DType::kUint32, {2}, Encoding::kArray, Bytes(memory + 1, 8)};
  const Error error = error_of([&] { tensor.as<std::uint32_t>(); });
  CHECK(error.code() == ErrorCode::kUsage);
  CHECK(std::string(error.what()).find("not aligned") != std::string::npos);
}

TEST_CASE("labels of every integer dtype widen to int64, or say why not") {
  const std::uint64_t bits = 0xFFFFFFFFFFFFFFFE;
  const auto label = [&](DType dtype) {
    return Tensor{"y",
                  dtype,
                  {},
                  Encoding::kClass,
                  std::as_bytes(std::span(&bits, 1)).first(dtype_size(dtype))}
        .label();
  };
  CHECK(label(DType::kUint8) == 254);
  CHECK(label(DType::kInt8) == -2);
  CHECK(label(DType::kUint16) == 65534);
  CHECK(label(DType::kInt16) == -2);
  CHECK(label(DType::kUint32) == 4294967294);
  CHECK(label(DType::kInt32) == -2);
  CHECK(label(DType::kInt64) == -2);
  CHECK(error_of([&] { label(DType::kUint64); }).code() == ErrorCode::kUsage);
  CHECK(error_of([&] { label(DType::kFloat64); }).code() == ErrorCode::kUsage);
}

TEST_CASE("a shard that is not the manifest's is refused by name when it is first needed") {
  for (const Container container : kContainers) {
    CAPTURE(container_name(container));
    const Scratch scratch;
    make_small_dataset(scratch / "a", container);
    make_small_dataset(scratch / "b", container, small_plan(), "fedcba9876543210");
    const std::string suffix = shard_suffixes(container, small_schema()).back();
    const auto read_last = [&] {
      SampleBuffer buffer;
      Dataset::open(scratch / "a", "train").read(9, buffer);
    };
    const auto check = [&](const char* what, ErrorCode code, const char* text) {
      CAPTURE(what);
      const Error error = error_of(read_last);
      CAPTURE(error.what());
      CHECK(error.code() == code);
      CHECK(error.where().shard == "train-00003");
      CHECK(std::string(error.what()).find(text) != std::string::npos);
      CHECK(std::string(error.what()).find("sample 9 of train") != std::string::npos);
    };
    const fs::path shard = scratch / ("a/train-00003" + suffix);
    const std::string good = slurp(shard);
    fs::copy_file(scratch / ("b/train-00003" + suffix), shard,
                  fs::copy_options::overwrite_existing);
    check("another build's", ErrorCode::kVersion, "a shard of another build");
    spill(shard, good.substr(0, good.size() - 100));
    check("cut", ErrorCode::kCorrupt, "the manifest says");
    fs::remove(shard);
    check("gone", ErrorCode::kNotFound, "train-00003");
    SampleBuffer buffer;
    check_sample(Dataset::open(scratch / "a", "train").read(0, buffer), small_sample("train", 0));
  }
}

TEST_CASE("a flipped bit in a value is found and placed, in the shard and in the split") {
  for (const Container container : kContainers) {
    CAPTURE(container_name(container));
    const Scratch scratch;
    make_small_dataset(scratch.path(), container);
    const Extent extent = Dataset::open(scratch.path(), "train").extents(6)[0];
    const fs::path file = scratch / extent.file;
    std::string bytes = slurp(file);
    bytes[extent.offset + 3] = static_cast<char>(bytes[extent.offset + 3] ^ 16);
    spill(file, bytes);
    const Dataset train = Dataset::open(scratch.path(), "train");
    SampleBuffer buffer;
    const Error error = error_of([&] { train.read(6, buffer); });
    CAPTURE(error.what());
    CHECK(error.code() == ErrorCode::kCorrupt);
    CHECK(error.where().shard == "train-00002");
    CHECK(error.where().sample == 2);
    CHECK(error.where().field == "image");
    CHECK(std::string(error.what()).find("sample 6 of train") != std::string::npos);
  }
}

TEST_CASE("many threads read through one open shard at a time") {
  const Scratch scratch;
  make_small_dataset(scratch.path(), Container::kWds);
  const Dataset train = Dataset::open(scratch.path(), "train", {.max_open_shards = 1});
  std::atomic<int> good{0};
  parallel_chunks(400, 10, 4, [&](std::uint64_t begin, std::uint64_t end, unsigned) {
    SampleBuffer buffer;
    for (std::uint64_t i = begin; i < end; ++i) {
      const std::uint64_t index = i * 7 % 10;
      if (train.read(index, buffer).key() == small_sample("train", index).key) ++good;
    }
  });
  CHECK(good == 400);
}

namespace {
class FakeShard final : public ShardReader {
 public:
  explicit FakeShard(std::atomic<int>& open) : open_(open) { ++open_; }
  ~FakeShard() override { --open_; }
  const ShardHeader& header() const noexcept override { return header_; }
  std::uint64_t size() const noexcept override { return 0; }
  bool foreign() const noexcept override { return false; }
  std::optional<Digest> digest() const override { return std::nullopt; }
  Record read(std::uint64_t, ReadBuffer&) const override { return {}; }
  std::string_view key(std::uint64_t, ReadBuffer&) const override { return {}; }
  FieldValue read_field(std::uint64_t, std::size_t, ReadBuffer&) const override { return {}; }
  Hash128 source(std::uint64_t) const override { return {}; }
  std::vector<Extent> extents(std::uint64_t) const override { return {}; }

 private:
  ShardHeader header_;
  std::atomic<int>& open_;
};
}  // namespace

TEST_CASE("the shard used longest ago is closed when another is opened over the limit") {
  std::atomic<int> open{0};
  std::vector<std::size_t> opened;
  const ShardCache cache(5, 2, [&](std::size_t slot) {
    opened.push_back(slot);
    return std::make_shared<FakeShard>(open);
  });
  for (const std::size_t slot : {0, 1, 0, 2, 0, 1, 1}) {
    (void)cache.get(slot);
    CHECK(open <= 2);
  }
  CHECK(opened ==
        std::vector<std::size_t>{0, 1, 2, 1});  // 0 was used again before 2 came, so 1 had to go
}

TEST_CASE("of several faults in a range the first one is thrown, whatever the number of threads") {
  for (const unsigned jobs : {1U, 2U, 7U}) {
    for (int round = 0; round < 20; ++round) {
      const Error error = error_of([&] {
        parallel_chunks(1000, 8, jobs, [](std::uint64_t begin, std::uint64_t, unsigned) {
          if (begin >= 400) throw Error(ErrorCode::kCorrupt, std::to_string(begin));
        });
      });
      CHECK(error.message() == "400");
    }
  }
}
