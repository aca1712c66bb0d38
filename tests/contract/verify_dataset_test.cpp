#include <doctest/doctest.h>

#include <atomic>

#include "contract/samples.h"
#include "dsprep/manifest.h"
#include "dsprep/verify.h"
#include "formats/common/sealed_json.h"
#include "support/scratch.h"

using namespace dsprep;
using namespace dsprep::test;
namespace fs = std::filesystem;

namespace {

// A dataset of two train shards and one val shard.
Manifest write_dataset(const fs::path& folder, Container container,
                       const std::string& plan = "plan-1") {
  Manifest manifest;
  manifest.kind = "image";
  manifest.container = container;
  manifest.schema = wide_schema();
  manifest.splits = {{"train", 12, 2}, {"val", 4, 1}};
  manifest.plan = plan;
  spill(folder / "rejects.jsonl", "{}\n");
  manifest.others = {{"rejects.jsonl", 3, xxh3_128(as_bytes("{}\n"))}};
  const std::vector<Sample> samples = wide_samples(16);
  std::size_t next = 0;
  for (const auto& [split, number, first, count] :
       {std::tuple{0U, 0U, 0U, 8U}, {0U, 1U, 8U, 4U}, {1U, 0U, 0U, 4U}}) {
    ShardHeader header = header_for(container);
    header.split = manifest.splits[split].name;
    header.part = number;
    header.plan = plan;
    ShardRow row{.split = split,
                 .number = number,
                 .part = number,
                 .first = first,
                 .digest = {},
                 .files = {}};
    const ShardSummary summary = write_shard(folder / manifest.shard_stem(row), header,
                                             std::span(samples).subspan(next, count));
    next += count;
    row.digest = summary.digest;
    row.files = summary.files;
    manifest.shards.push_back(row);
  }
  write_manifest(folder, manifest);
  return manifest;
}

std::vector<Fault> faults_of(const fs::path& folder, Depth depth = Depth::kFull,
                             unsigned jobs = 1) {
  return verify_dataset(folder, depth, jobs).faults;
}

// "name: what" of each fault, for messages.
std::string text_of(const std::vector<Fault>& faults) {
  std::string text;
  for (const Fault& fault : faults)
    text += fs::path(fault.where.file).filename().string() + ": " + fault.what + "\n";
  return text;
}

bool names(const std::vector<Fault>& faults, const std::string& file) {
  return std::ranges::any_of(
      faults, [&](const Fault& fault) { return fs::path(fault.where.file).filename() == file; });
}

std::vector<std::string> files_in(const fs::path& folder) {
  std::vector<std::string> files;
  for (const auto& entry : fs::directory_iterator(folder))
    files.push_back(entry.path().filename().string());
  std::ranges::sort(files);
  return files;
}

}  // namespace

TEST_CASE("a whole dataset has no faults, and every byte is counted once") {
  for (const Container container : kContainers) {
    const Scratch folder;
    const Manifest manifest = write_dataset(folder.path(), container);
    std::uint64_t bytes = 0;
    for (const std::string& file : files_in(folder.path())) {
      if (file != "dataset.json") bytes += fs::file_size(folder / file);
    }
    for (const unsigned jobs : {1U, 4U}) {
      std::atomic<std::uint64_t> last{0};
      const VerifyReport report = verify_dataset(folder.path(), Depth::kFull, jobs,
                                                 [&](std::uint64_t done, std::uint64_t total) {
                                                   CHECK(total == bytes);
                                                   if (done == total) last = done;
                                                 });
      CHECK(text_of(report.faults) == "");
      CHECK(report.shards == 3);
      CHECK(report.samples == 16);
      CHECK(report.bytes == bytes);
      CHECK(last == bytes);
    }
    CHECK(text_of(faults_of(folder.path(), Depth::kQuick)) == "");
  }
}

TEST_CASE("a flipped bit, a cut and a missing file are found in every file and named") {
  for (const Container container : kContainers) {
    const Scratch folder;
    write_dataset(folder.path(), container);
    for (const std::string& file : files_in(folder.path())) {
      CAPTURE(file);
      const std::string bytes = slurp(folder / file);
      for (std::size_t at = 0; at < bytes.size(); at += 1 + bytes.size() / 23) {
        std::string damaged = bytes;
        damaged[at] = static_cast<char>(damaged[at] ^ (1 << (at % 8)));
        spill(folder / file, damaged);
        CAPTURE(at);
        CHECK(names(faults_of(folder.path()), file));
      }
      for (const std::size_t length : {std::size_t{0}, bytes.size() / 2, bytes.size() - 1}) {
        spill(folder / file, bytes.substr(0, length));
        CAPTURE(length);
        CHECK(names(faults_of(folder.path()), file));
        CHECK(names(faults_of(folder.path(), Depth::kQuick), file));
      }
      if (file != "dataset.json") {
        fs::remove(folder / file);
        CHECK(names(faults_of(folder.path()), file));
      }
      spill(folder / file, bytes);
    }
    CHECK(text_of(faults_of(folder.path())) == "");
  }
}

TEST_CASE("the report is the same for any number of jobs") {
  const Scratch folder;
  write_dataset(folder.path(), Container::kWds);
  for (const char* file : {"train-00000.tar", "val-00000.tar", "rejects.jsonl"})
    spill(folder / file, slurp(folder / file) + "x");
  spill(folder / "b", ""), spill(folder / "a", "");
  const std::string one = text_of(faults_of(folder.path(), Depth::kFull, 1));
  CHECK(std::ranges::count(one, '\n') >= 5);
  CHECK(text_of(faults_of(folder.path(), Depth::kFull, 7)) == one);
}

TEST_CASE("a shard of another build, or in another's place, is called so") {
  for (const Container container : kContainers) {
    const Scratch folder, other;
    write_dataset(folder.path(), container);
    write_dataset(other.path(), container, "plan-2");
    const auto take = [&](const fs::path& from, const std::string& stem, const std::string& as) {
      for (const std::string& suffix : shard_suffixes(container, wide_schema())) {
        fs::copy_file(from / (stem + suffix), folder / (as + suffix),
                      fs::copy_options::overwrite_existing);
      }
    };
    take(other.path(), "train-00001", "train-00001");
    std::vector<Fault> faults = faults_of(folder.path());
    REQUIRE(faults.size() == 1);
    CHECK(faults[0].code == ErrorCode::kVersion);
    CHECK(faults[0].where.shard == "train-00001");
    CHECK(faults[0].what.starts_with("a shard of another build"));

    take(folder.path(), "val-00000", "train-00001");
    faults = faults_of(folder.path(), Depth::kQuick);
    REQUIRE(faults.size() == 1);
    CHECK(faults[0].code == ErrorCode::kCorrupt);
    CHECK(faults[0].what.starts_with("another shard of this build"));
  }
}

TEST_CASE(
    "files that the manifest does not know are faults; statistics, builds and temporaries are "
    "not") {
  const Scratch folder;
  const Manifest manifest = write_dataset(folder.path(), Container::kWds);
  fs::create_directory(folder / ".build");
  spill(folder / "train-00000.tar.host-1-0.tmp", "half");
  CHECK(text_of(faults_of(folder.path())) == "");
  spill(folder / "train-00002.tar", "");
  fs::create_directory(folder / "sub");
  CHECK(names(faults_of(folder.path()), "train-00002.tar"));
  CHECK(names(faults_of(folder.path()), "sub"));
}

TEST_CASE("statistics are checked against their checksum and their dataset") {
  const Scratch folder;
  const Manifest manifest = write_dataset(folder.path(), Container::kWds);
  const auto code_with = [&](const std::string& text) -> std::optional<ErrorCode> {
    spill(folder / "stats.json", text);
    const std::vector<Fault> faults = faults_of(folder.path(), Depth::kQuick);
    if (faults.empty()) return std::nullopt;
    CHECK(names(faults, "stats.json"));
    return faults[0].code;
  };
  const std::string good = seal({{"dataset", to_hex(dataset_digest(manifest))}, {"mean", 0.5}});
  CHECK(code_with(good) == std::nullopt);
  CHECK(code_with(good.substr(0, good.size() - 1)) == ErrorCode::kCorrupt);
  CHECK(code_with(seal({{"dataset", std::string(32, '0')}})) == ErrorCode::kVersion);
  CHECK(code_with(seal({{"mean", 0.5}})) == ErrorCode::kCorrupt);
}

TEST_CASE("a folder without a dataset is an error of the caller, not a fault") {
  const Scratch folder;
  CHECK_THROWS_AS((void)verify_dataset(folder.path(), Depth::kFull), Error);
}
