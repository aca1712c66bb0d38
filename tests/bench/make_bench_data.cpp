// make_bench_data KIND INPUT OUT: datasets of the samples that other loaders are measured with.
//   raw     INPUT: uint8 samples of 3 x 224 x 224 back to back     -> memmap, field image
//   tokens  INPUT: a folder with tokens.bin (uint16) and docs.npy   -> memmap, ragged field tokens
//   tar, lmdb, files  INPUT: a folder of .JPEG files                 -> wds, lmdb, memmap, field
//   image ids     INPUT: a number of samples                              -> memmap, 64 bytes each
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include "dsprep/error.h"
#include "dsprep/manifest.h"
#include "formats/common/bytes.h"
#include "formats/common/file.h"

using namespace dsprep;
namespace fs = std::filesystem;

namespace {

constexpr const char* kPlan = "0000000000000001";

// Gives sample i: appends its bytes and says its shape.
using Make = std::function<Shape(std::uint64_t, std::vector<std::byte>&)>;

void write(const fs::path& out, Container container, const Field& field, std::uint64_t count,
           std::uint64_t per_shard, const Make& make) {
  fs::create_directories(out);
  Manifest manifest;
  manifest.kind = "bench";
  manifest.container = container;
  manifest.schema = {{field}};
  manifest.plan = kPlan;
  manifest.provenance = "{}";
  manifest.splits = {{"train", count, 0}};
  std::vector<std::byte> bytes;
  for (std::uint64_t first = 0; first < count; first += per_shard) {
    const std::uint32_t number = manifest.splits[0].shards++;
    ShardRow row{
        .split = 0, .number = number, .part = number, .first = first, .digest = {}, .files = {}};
    const auto writer = create_shard(out / manifest.shard_stem(row),
                                     {container, manifest.schema, "train", number, kPlan, "{}"});
    for (std::uint64_t i = first; i < std::min(count, first + per_shard); ++i) {
      bytes.clear();
      const Shape shape = make(i, bytes);
      const FieldValue value{.bytes = bytes, .shape = shape};
      writer->append({.key = "sample" + std::to_string(i), .fields = {&value, 1}, .source = {}});
    }
    const auto pending = writer->finish();
    pending->publish();
    row.digest = pending->summary().digest;
    row.files = pending->summary().files;
    manifest.shards.push_back(std::move(row));
  }
  write_manifest(out, manifest);
}

void raw(const fs::path& input, const fs::path& out) {
  constexpr std::uint64_t kBytes = 3 * 224 * 224;
  const InputFile file(input);
  write(out, Container::kMemmap, {"image", DType::kUint8, {3, 224, 224}, Encoding::kArray},
        file.size() / kBytes, 1000, [&](std::uint64_t i, std::vector<std::byte>& bytes) {
          bytes.resize(kBytes);
          file.read_at(i * kBytes, bytes);
          return Shape{3, 224, 224};
        });
}

void tokens(const fs::path& input, const fs::path& out) {
  constexpr std::size_t kHeader = 10;  // of a .npy of version 1, before its text
  const InputFile file(input / "tokens.bin"), docs(input / "docs.npy");
  std::vector<std::byte> all;
  read_whole(docs, all);
  const std::size_t begin = kHeader + get<std::uint16_t>(all, 8);
  const std::uint64_t count = (all.size() - begin) / 8 - 1;
  const auto offset = [&](std::uint64_t i) { return get<std::uint64_t>(all, begin + i * 8); };
  write(out, Container::kMemmap, {"tokens", DType::kUint16, {-1}, Encoding::kArray}, count, count,
        [&](std::uint64_t i, std::vector<std::byte>& bytes) {
          bytes.resize((offset(i + 1) - offset(i)) * 2);
          file.read_at(offset(i) * 2, bytes);
          return Shape{bytes.size() / 2};
        });
}

void pictures(const fs::path& input, const fs::path& out, Container container) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(input))
    if (entry.path().extension() == ".JPEG") files.push_back(entry.path());
  std::ranges::sort(files);
  write(out, container, {"image", DType::kUint8, {-1}, Encoding::kImage}, files.size(), 500,
        [&](std::uint64_t i, std::vector<std::byte>& bytes) {
          read_whole(InputFile(files[i]), bytes);
          return Shape{bytes.size()};
        });
}

void ids(std::uint64_t count, const fs::path& out) {
  write(out, Container::kMemmap, {"x", DType::kUint8, {64}, Encoding::kArray}, count, 100000,
        [](std::uint64_t i, std::vector<std::byte>& bytes) {
          bytes.assign(64, std::byte{0});
          std::memcpy(bytes.data(), &i, sizeof i);
          return Shape{64};
        });
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return std::fprintf(stderr, "usage: make_bench_data KIND INPUT OUT\n"), 2;
  const std::string kind = argv[1];
  try {
    if (kind == "raw")
      raw(argv[2], argv[3]);
    else if (kind == "tokens")
      tokens(argv[2], argv[3]);
    else if (kind == "tar")
      pictures(argv[2], argv[3], Container::kWds);
    else if (kind == "lmdb")
      pictures(argv[2], argv[3], Container::kLmdb);
    else if (kind == "files")
      pictures(argv[2], argv[3], Container::kMemmap);
    else if (kind == "ids")
      ids(std::stoull(argv[2]), argv[3]);
    else
      return std::fprintf(stderr, "no such kind\n"), 2;
  } catch (const std::exception& error) {
    return std::fprintf(stderr, "%s\n", error.what()), 1;
  }
}
