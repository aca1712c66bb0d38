#include "dsprep/manifest.h"

#include <doctest/doctest.h>

#include <functional>

#include "formats/common/sealed_json.h"
#include "support/errors.h"
#include "support/scratch.h"

using namespace dsprep;
using namespace dsprep::test;
namespace fs = std::filesystem;

namespace {

Digest digest_of(std::uint64_t first, std::uint64_t count) {
  Digest digest;
  for (std::uint64_t i = first; i < first + count; ++i)
    digest.append(xxh3_128(std::as_bytes(std::span(&i, 1))));
  return digest;
}

ShardRow sample_row(std::uint32_t split, std::uint32_t number, std::uint64_t first,
                    std::uint64_t count) {
  ShardRow row{.split = split,
               .number = number,
               .part = number + 3,
               .first = first,
               .digest = digest_of(first, count),
               .files = {}};
  for (const char* suffix : {".image.npy", ".label.npy", ".key.npy"}) {
    const std::string text = suffix + std::to_string(split) + std::to_string(number);
    row.files.push_back({suffix, text.size(), xxh3_128(as_bytes(text))});
  }
  return row;
}

Manifest sample_manifest() {
  Manifest manifest;
  manifest.kind = "image";
  manifest.schema.fields = {{"image", DType::kUint8, {4, 4, 3}, Encoding::kArray},
                            {"label", DType::kInt64, {}, Encoding::kClass}};
  manifest.classes = {"cat", "dög"};
  manifest.splits = {{"train", 30, 2}, {"val", 5, 1}, {"test", 0, 0}};
  manifest.rejected = 2;
  manifest.plan = "0123456789abcdef";
  manifest.provenance = R"({"options":{"resize":"4"},"version":"0.1.0"})";
  manifest.others = {{"rejects.jsonl", 3, xxh3_128(as_bytes("{}\n"))}};
  manifest.shards = {sample_row(0, 0, 0, 20), sample_row(0, 1, 20, 10), sample_row(1, 0, 0, 5)};
  return manifest;
}

// A folder with the sample's files (without shards: reading a manifest does not look at them).
void write_sample(const Scratch& folder, Manifest manifest = sample_manifest()) {
  spill(folder / "rejects.jsonl", "{}\n");
  write_manifest(folder.path(), manifest);
}

std::optional<ErrorCode> read_code(const Scratch& folder) {
  return code_of([&] { (void)read_manifest(folder.path()); });
}

}  // namespace

TEST_CASE("a manifest comes back as it was written, and is written as it was read") {
  const Scratch folder, again;
  write_sample(folder);
  const Manifest wrote = sample_manifest();
  Manifest manifest = read_manifest(folder.path());
  CHECK(manifest.kind == wrote.kind);
  CHECK(manifest.container == wrote.container);
  CHECK(manifest.schema == wrote.schema);
  CHECK(manifest.classes == wrote.classes);
  CHECK(manifest.rejected == 2);
  CHECK(manifest.digits == 5);
  CHECK(manifest.plan == wrote.plan);
  CHECK(manifest.provenance == wrote.provenance);
  CHECK(manifest.samples() == 35);
  CHECK(manifest.others.size() == 2);
  REQUIRE(manifest.shards.size() == 3);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(manifest.shards[i].digest == wrote.shards[i].digest);
    CHECK(manifest.shards[i].files == wrote.shards[i].files);
    CHECK(manifest.shards[i].first == wrote.shards[i].first);
    CHECK(manifest.shards[i].part == wrote.shards[i].part);
  }
  CHECK(manifest.shard_stem(manifest.shards[1]) == "train-00001");

  spill(again / "rejects.jsonl", "{}\n");
  write_manifest(again.path(), manifest);
  CHECK(slurp(again / "dataset.json") == slurp(folder / "dataset.json"));
  CHECK(slurp(again / "shards.npy") == slurp(folder / "shards.npy"));
}

TEST_CASE("the checksum is the last key and covers every byte before its line") {
  const Scratch folder;
  write_sample(folder);
  const std::string text = slurp(folder / "dataset.json");
  const std::size_t line = text.rfind(" \"checksum\": \"");
  REQUIRE(line != std::string::npos);
  const std::string expected = to_hex(xxh3_128(as_bytes(std::string_view(text).substr(0, line))));
  CHECK(text.substr(line) == " \"checksum\": \"" + expected + "\"\n}\n");
}

TEST_CASE("every flipped byte of dataset.json and shards.npy is found") {
  for (const char* name : {"dataset.json", "shards.npy"}) {
    const Scratch folder;
    write_sample(folder);
    const std::string bytes = slurp(folder / name);
    for (std::size_t at = 0; at < bytes.size(); ++at) {
      std::string damaged = bytes;
      damaged[at] = static_cast<char>(damaged[at] ^ (1 << (at % 8)));
      spill(folder / name, damaged);
      CAPTURE(name);
      CAPTURE(at);
      CHECK(read_code(folder) == ErrorCode::kCorrupt);
    }
    spill(folder / name, bytes);
    CHECK(read_code(folder) == std::nullopt);
  }
}

TEST_CASE("a cut of dataset.json or shards.npy at any length is found, and so is a byte more") {
  for (const char* name : {"dataset.json", "shards.npy"}) {
    const Scratch folder;
    write_sample(folder);
    const std::string bytes = slurp(folder / name);
    for (std::size_t length = 0; length < bytes.size(); ++length) {
      spill(folder / name, bytes.substr(0, length));
      CAPTURE(name);
      CAPTURE(length);
      CHECK(read_code(folder) == ErrorCode::kCorrupt);
    }
    spill(folder / name, bytes + "\n");
    CHECK(read_code(folder) == ErrorCode::kCorrupt);
  }
}

TEST_CASE("keys that this version does not know are kept") {
  const Scratch folder, again;
  Manifest manifest = sample_manifest();
  manifest.unknown = R"({"from_the_future":{"a":[1,2]},"zebra":null})";
  write_sample(folder, manifest);
  Manifest read = read_manifest(folder.path());
  CHECK(read.unknown == manifest.unknown);
  spill(again / "rejects.jsonl", "{}\n");
  write_manifest(again.path(), read);
  CHECK(slurp(again / "dataset.json") == slurp(folder / "dataset.json"));
}

TEST_CASE("a manifest that is well sealed but wrong is refused by class") {
  using Json = nlohmann::json;
  struct Forgery {
    const char* name;
    std::function<void(Json&)> change;
    ErrorCode expected;
  };
  const std::vector<Forgery> forgeries = {
      {"newer major",
       [](Json& o) {
         o["version"] = {2, 0};
       },
       ErrorCode::kVersion},
      {"unknown container", [](Json& o) { o["container"] = "zip"; }, ErrorCode::kVersion},
      {"another format", [](Json& o) { o["format"] = "something"; }, ErrorCode::kCorrupt},
      {"no version", [](Json& o) { o.erase("version"); }, ErrorCode::kCorrupt},
      {"samples that do not add up", [](Json& o) { o["samples"] = 36; }, ErrorCode::kCorrupt},
      {"a split with other samples",
       [](Json& o) { o["splits"][0]["samples"] = 29, o["samples"] = 34; }, ErrorCode::kCorrupt},
      {"a split with more shards", [](Json& o) { o["splits"][0]["shards"] = 3; },
       ErrorCode::kCorrupt},
      {"2^32 - 1 shards", [](Json& o) { o["splits"][0]["shards"] = 0xFFFFFFFFU; },
       ErrorCode::kCorrupt},
      {"shards moved between splits",
       [](Json& o) { o["splits"][0]["shards"] = 1, o["splits"][1]["shards"] = 2; },
       ErrorCode::kCorrupt},
      {"another digest", [](Json& o) { o["digest"] = std::string(32, '0'); }, ErrorCode::kCorrupt},
      {"a split outside the folder", [](Json& o) { o["splits"][0]["name"] = "../train"; },
       ErrorCode::kCorrupt},
      {"a file outside the folder", [](Json& o) { o["files"][0]["name"] = "/etc/passwd"; },
       ErrorCode::kCorrupt},
      {"two splits of a name", [](Json& o) { o["splits"][1]["name"] = "train"; },
       ErrorCode::kCorrupt},
      {"no shards.npy", [](Json& o) { o["files"].erase(1); }, ErrorCode::kCorrupt},
      {"a file of another size", [](Json& o) { o["files"][0]["bytes"] = 4; }, ErrorCode::kCorrupt},
      {"a huge table", [](Json& o) { o["files"][1]["bytes"] = 1ULL << 60; }, ErrorCode::kCorrupt},
      {"no digits", [](Json& o) { o["digits"] = 0; }, ErrorCode::kCorrupt},
      {"a list for an object", [](Json& o) { o["splits"] = 7; }, ErrorCode::kCorrupt},
      {"text for a number", [](Json& o) { o["rejected"] = "two"; }, ErrorCode::kCorrupt},
  };
  for (const Forgery& forgery : forgeries) {
    CAPTURE(forgery.name);
    const Scratch folder;
    write_sample(folder);
    nlohmann::json object = read_sealed(folder / "dataset.json");
    forgery.change(object);
    spill(folder / "dataset.json", seal(object));
    CHECK(read_code(folder) == forgery.expected);
  }
}

TEST_CASE("a newer minor version is read") {
  const Scratch folder;
  write_sample(folder);
  nlohmann::json object = read_sealed(folder / "dataset.json");
  object["version"] = {1, 9};
  object["news"] = true;
  spill(folder / "dataset.json", seal(object));
  CHECK(read_manifest(folder.path()).unknown == R"({"news":true})");
}

TEST_CASE("a named file that is gone is a fault of the dataset") {
  const Scratch folder;
  write_sample(folder);
  fs::remove(folder / "rejects.jsonl");
  CHECK(read_code(folder) == ErrorCode::kCorrupt);
}

TEST_CASE("where no dataset stands the error says whether a build was begun") {
  const Scratch folder;
  CHECK(read_code(folder) == ErrorCode::kNotFound);
  fs::create_directory(folder / ".build");
  try {
    (void)read_manifest(folder.path());
    FAIL("read a dataset that is not there");
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::kNotFound);
    CHECK(error.remedy() == "run the same build-shards command again to go on");
  }
  CHECK(code_of([&] { (void)read_manifest(folder / "nowhere"); }) == ErrorCode::kNotFound);
}

TEST_CASE("rows that contradict the splits are not written, nor is text that JSON cannot hold") {
  const Scratch folder;
  Manifest manifest = sample_manifest();
  manifest.shards[1].first = 19;
  CHECK(code_of([&] { write_manifest(folder.path(), manifest); }) == ErrorCode::kCorrupt);
  manifest = sample_manifest();
  manifest.classes[0] = "\xFF\xFE";
  CHECK(code_of([&] { write_manifest(folder.path(), manifest); }) == ErrorCode::kBadEncoding);
  CHECK(fs::is_empty(folder.path()));
}

TEST_CASE("the dataset's digest does not see how a split is cut, but sees its name") {
  Manifest whole = sample_manifest();
  Manifest other = whole;
  other.shards = {sample_row(0, 0, 0, 30), sample_row(1, 0, 0, 5)};
  CHECK(dataset_digest(other) == dataset_digest(whole));
  other.splits[1].name = "dev";
  CHECK(dataset_digest(other) != dataset_digest(whole));
}

TEST_CASE("an unknown split is refused with those there are") {
  const Manifest manifest = sample_manifest();
  CHECK(manifest.split_index("val") == 1);
  try {
    (void)manifest.split_index("valid");
    FAIL("found a split that is not there");
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::kNotFound);
    CHECK(error.remedy() == "there are: train, val, test");
  }
}
