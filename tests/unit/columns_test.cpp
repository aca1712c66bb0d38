#include "dsprep/columns.h"

#include <doctest/doctest.h>

#include <filesystem>

#include "dsprep/sampler.h"
#include "dsprep/verify.h"
#include "support/errors.h"
#include "support/scratch.h"
#include "support/small_dataset.h"

using namespace dsprep;
using namespace dsprep::test;
namespace fs = std::filesystem;

namespace {

constexpr const char* kFile = "lengths.train.tokens.npy";

std::vector<std::uint32_t> expected_lengths(std::uint64_t samples) {
  std::vector<std::uint32_t> out;
  for (std::uint64_t i = 0; i < samples; ++i)
    out.push_back(static_cast<std::uint32_t>(small_sample("train", i).tokens.size()));
  return out;
}

void remove_shards(const fs::path& folder) {
  for (const auto& entry : fs::directory_iterator(folder))
    if (entry.path().filename().string().starts_with("train-")) fs::remove(entry.path());
}

}  // namespace

TEST_CASE("lengths are one pass over the index of any container, and are kept beside it") {
  for (const Container container : {Container::kMemmap, Container::kLmdb, Container::kWds}) {
    const Scratch scratch;
    make_small_dataset(scratch.path(), container);
    const auto open = [&] { return Dataset::open(scratch.path(), "train"); };
    const auto expected = expected_lengths(open().size());
    CHECK(lengths(open(), "tokens", LengthsFile::kNone) == expected);
    CHECK(!fs::exists(scratch / kFile));
    CHECK(lengths(open(), "tokens") == expected);
    CHECK(slurp(scratch / kFile).starts_with("\x93NUMPY"));
    CHECK(verify_dataset(scratch.path(), Depth::kFull).faults.empty());
    remove_shards(scratch.path());  // from here on only the file knows
    CHECK(lengths(open(), "tokens") == expected);
  }
}

TEST_CASE("lengths that are damaged, cut or of other samples are made anew") {
  const Scratch scratch, other;
  make_small_dataset(scratch.path(), Container::kMemmap);
  make_small_dataset(other.path(), Container::kMemmap);
  const Dataset data = Dataset::open(scratch.path(), "train");
  const auto expected = lengths(data, "tokens");
  const std::string whole = slurp(scratch / kFile);
  for (std::size_t at = 0; at < whole.size(); at += 7) {
    std::string bad = whole;
    bad[at] = static_cast<char>(bad[at] ^ 1);
    spill(scratch / kFile, bad);
    REQUIRE(lengths(data, "tokens") == expected);
    REQUIRE(slurp(scratch / kFile) == whole);
  }
  spill(scratch / kFile, whole.substr(0, whole.size() / 2));
  CHECK(lengths(data, "tokens") == expected);
  // The same number of samples, the name of another field.
  const auto images = lengths(data, "image");
  fs::copy_file(scratch / kFile, scratch / "lengths.train.image.npy",
                fs::copy_options::overwrite_existing);
  CHECK(lengths(data, "image") == images);
  CHECK(images != expected);
}

TEST_CASE("where the lengths cannot be kept, they are found all the same") {
  const Scratch scratch;
  make_small_dataset(scratch.path(), Container::kMemmap);
  const Dataset data = Dataset::open(scratch.path(), "train");
  fs::create_directories(scratch / kFile / "in the way");
  CHECK(lengths(data, "tokens") == expected_lengths(data.size()));
  CHECK(code_of([&] { (void)lengths(data, "label"); }) == ErrorCode::kUsage);
  CHECK(code_of([&] { (void)lengths(data, "pixels"); }) == ErrorCode::kNotFound);
}

TEST_CASE("labels are one pass over the values, and balance the classes in one call") {
  for (const Container container : {Container::kMemmap, Container::kLmdb, Container::kWds}) {
    const Scratch scratch;
    make_small_dataset(scratch.path(), container);
    const Dataset data = Dataset::open(scratch.path(), "train");
    std::vector<std::int64_t> expected;
    for (std::uint64_t i = 0; i < data.size(); ++i)
      expected.push_back(small_sample("train", i).label);
    CHECK(labels(data) == expected);
    const SamplerPtr order = balanced(labels(data), 0, 1);
    CHECK(order->rows() == data.size());
    CHECK(code_of([&] { (void)labels(data, "tokens"); }) == ErrorCode::kUsage);
  }
}

TEST_CASE("the manifest knows how many samples each shard of a split has") {
  const Scratch scratch;
  make_small_dataset(scratch.path(), Container::kWds, {{"train", {3, 0, 5}}, {"val", {2, 1}}});
  const Dataset train = Dataset::open(scratch.path(), "train");
  CHECK(shard_samples(train) == std::vector<std::uint64_t>{3, 0, 5});
  CHECK(shard_samples(Dataset::open(scratch.path(), "val")) == std::vector<std::uint64_t>{2, 1});
  CHECK(block_shuffled(shard_samples(train), 2, 1)->rows() == 8);
}
