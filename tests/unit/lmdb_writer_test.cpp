#include <doctest/doctest.h>
#include <malloc.h>
#include <sys/resource.h>

#include <csignal>
#include <cstring>
#include <functional>
#include <map>

#include "dsprep/shard.h"
#include "formats/common/file.h"
#include "formats/common/footer.h"
#include "formats/lmdb/lmdb_handles.h"
#include "support/errors.h"
#include "support/scratch.h"

using namespace dsprep;
using namespace dsprep::test;
namespace fs = std::filesystem;

namespace {

// What a test puts into a shard: picture sizes; the rest follows from the sample's number.
using Sizes = std::vector<std::size_t>;

ShardHeader sample_header() {
  ShardHeader header{.container = Container::kLmdb,
                     .schema = {},
                     .split = "train",
                     .part = 0,
                     .plan = "p",
                     .options = "{}"};
  header.schema.fields = {{"label", DType::kInt64, {}, Encoding::kClass},
                          {"tokens", DType::kUint16, {-1}, Encoding::kArray},
                          {"image", DType::kUint8, {-1}, Encoding::kImage}};
  return header;
}

struct Sample {
  std::string key;
  std::int64_t label = 0;
  std::vector<std::uint16_t> tokens;
  std::string image;
};

Sample make_sample(std::size_t number, std::size_t image_bytes) {
  Sample sample{.key = "folder/picture-" + std::to_string(number) + ".bin",
                .label = static_cast<std::int64_t>(number % 7) - 3,
                .tokens = {},
                .image = std::string(image_bytes, '\0')};
  for (std::size_t i = 0; i < number % 40; ++i)
    sample.tokens.push_back(static_cast<std::uint16_t>(number * 31 + i));
  for (std::size_t i = 0; i < image_bytes; ++i)
    sample.image[i] = static_cast<char>(number * 131 + i * 7 + (i >> 8));
  if (number % 2 == 0 && image_bytes >= 3)
    sample.image.replace(0, 3, "\xFF\xD8\xFF");  // half of them look like JPEG
  return sample;
}

std::unique_ptr<PendingShard> write_shard(const fs::path& stem, const Sizes& sizes) {
  const auto writer = create_shard(stem, sample_header());
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    const Sample sample = make_sample(i, sizes[i]);
    const std::vector<FieldValue> values = {
        {std::as_bytes(std::span(&sample.label, 1)), {}},
        {std::as_bytes(std::span(sample.tokens)), {sample.tokens.size()}},
        {as_bytes(sample.image), {sample.image.size()}}};
    writer->append({.key = sample.key, .fields = values, .source = xxh3_128(as_bytes(sample.key))});
  }
  CHECK(writer->samples() == sizes.size());
  return writer->finish();
}

std::string shard_bytes(const Sizes& sizes) {
  const Scratch folder;
  write_shard(folder / "train-00000", sizes)->publish();
  return slurp(folder / "train-00000.lmdb");
}

// As any program that knows nothing of dsprep reads it.
std::map<std::string, std::string> read_plain(const fs::path& path) {
  const Environment environment = open_environment(path, MDB_RDONLY);
  const Transaction transaction = begin_transaction(environment.get(), MDB_RDONLY, path);
  const Cursor cursor =
      open_cursor(transaction.get(), main_database(transaction.get(), path), path);
  std::map<std::string, std::string> entries;
  MDB_val key{}, value{};
  while (mdb_cursor_get(cursor.get(), &key, &value, MDB_NEXT) == MDB_SUCCESS) {
    entries[{static_cast<char*>(key.mv_data), key.mv_size}] = {static_cast<char*>(value.mv_data),
                                                               value.mv_size};
  }
  return entries;
}

std::string number_key(std::size_t number, const std::string& extension) {
  std::string digits = std::to_string(number);
  return std::string(12 - digits.size(), '0') + digits + "." + extension;
}

const std::map<std::string, Sizes> kShapes = {
    {"none", {}},
    {"one empty value", {0}},
    {"around the border of a page",
     {2000, 2014, 2015, 2030, 2040, 4064, 4079, 4080, 4081, 4096, 8176, 8177}},
    {"small", Sizes(3000, 10)},
    {"pictures over several transactions", Sizes(300, 150'000)},
    {"one value larger than a transaction", {100, 40 << 20, 100}},
};

}  // namespace

TEST_CASE("unmodified liblmdb sees every sample's values under number and extension") {
  for (const auto& [name, sizes] : kShapes) {
    CAPTURE(name);
    const Scratch folder;
    write_shard(folder / "train-00000", sizes)->publish();
    const auto entries = read_plain(folder / "train-00000.lmdb");
    CHECK(entries.size() == sizes.size() * 4);
    std::size_t wrong = 0;
    for (std::size_t i = 0; i < sizes.size(); ++i) {
      const Sample sample = make_sample(i, sizes[i]);
      const auto value = [&](const std::string& extension) {
        return entries.at(number_key(i, extension));
      };
      const std::string tokens = value("tokens.npy");
      const std::string raw(reinterpret_cast<const char*>(sample.tokens.data()),
                            sample.tokens.size() * 2);
      wrong += value("key") != sample.key;
      wrong += value("cls") != std::to_string(sample.label);
      wrong += !tokens.starts_with("\x93NUMPY") || !tokens.ends_with(raw);
      wrong += value(i % 2 == 0 && sizes[i] >= 3 ? "jpg" : "img") != sample.image;
    }
    CHECK(wrong == 0);
  }
}

TEST_CASE("the footer's ranges hold the canonical bytes") {
  for (const auto& [name, sizes] : kShapes) {
    CAPTURE(name);
    const Scratch folder;
    const auto pending = write_shard(folder / "train-00000", sizes);
    pending->publish();
    const InputFile file(folder / "train-00000.lmdb");
    const Footer footer(file);
    CHECK(footer.samples() == sizes.size());
    CHECK(footer.header().digest == pending->summary().digest);
    CHECK(footer.header().files[0].bytes == footer.body_bytes());
    REQUIRE(pending->summary().files.size() == 1);
    CHECK(pending->summary().files[0].hash == hash_file(file.path()));
    CHECK(pending->summary().files[0].bytes == file.size());
    std::size_t wrong = 0;
    for (const char* field : {"image", "tokens"}) {
      const auto offsets =
          footer.section<std::uint64_t>(file, std::string(field) + ".offset", sizes.size());
      const auto lengths =
          footer.section<std::uint64_t>(file, std::string(field) + ".length", sizes.size());
      for (std::size_t i = 0; i < sizes.size(); ++i) {
        const Sample sample = make_sample(i, sizes[i]);
        const Bytes expected = field == std::string("image")
                                   ? as_bytes(sample.image)
                                   : std::as_bytes(std::span(sample.tokens));
        std::vector<std::byte> got(lengths[i]);
        file.read_at(offsets[i], got);
        wrong += !std::ranges::equal(got, expected);
      }
    }
    CHECK(wrong == 0);
  }
}

TEST_CASE("the bytes are a function of the samples, not of what stands in the heap") {
  for (const auto& [name, sizes] : kShapes) {
    CAPTURE(name);
    mallopt(M_PERTURB, 0);
    const std::string first = shard_bytes(sizes);
    for (const int fill : {0x55, 0xC3}) {
      mallopt(M_PERTURB, fill);
      CHECK(shard_bytes(sizes) == first);
    }
    mallopt(M_PERTURB, 0);
  }
}

TEST_CASE("a shard that is not published leaves nothing") {
  const Scratch folder;
  { const auto pending = write_shard(folder / "train-00000", {100, 200}); }
  CHECK(fs::is_empty(folder.path()));
  { const auto writer = create_shard(folder / "train-00000", sample_header()); }
  CHECK(fs::is_empty(folder.path()));
}

TEST_CASE("two fields with one extension are refused by name") {
  const Scratch folder;
  ShardHeader header = sample_header();
  header.schema.fields = {{"label", DType::kUint8, {}, Encoding::kClass},
                          {"cls", DType::kUint8, {-1}, Encoding::kBytes}};
  const auto writer = create_shard(folder / "s", header);
  const std::vector<FieldValue> values = {{as_bytes("x"), {}}, {as_bytes("abc"), {3}}};
  CHECK(code_of([&] { writer->append({.key = "k", .fields = values, .source = {}}); }) ==
        ErrorCode::kUsage);
}

TEST_CASE("a disk that is full at any write is an error, and leaves no file") {
  static int left = 0;
  constexpr int kWrites = 4;  // three transactions, then the footer
  for (int allowed = 0; allowed <= kWrites; ++allowed) {
    CAPTURE(allowed);
    const Scratch folder;
    left = allowed;
    set_fault_hook(
        [](FileOp op, const char*) { return op == FileOp::kWrite && left-- <= 0 ? ENOSPC : 0; });
    const auto code = code_of([&] { write_shard(folder / "s", Sizes(300, 150'000))->publish(); });
    set_fault_hook(nullptr);
    CHECK(code == (allowed < kWrites ? std::optional(ErrorCode::kIo) : std::nullopt));
    CHECK(fs::is_empty(folder.path()) == (allowed < kWrites));
  }
}

TEST_CASE("liblmdb's own failing writes are errors with a remedy, never a crash") {
  rlimit before{};
  REQUIRE(getrlimit(RLIMIT_FSIZE, &before) == 0);
  const auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
  for (const rlim_t limit : {0UL, 4096UL, 10'000UL, 1UL << 20, (16UL << 20) + 5, 30UL << 20}) {
    CAPTURE(limit);
    const Scratch folder;
    const rlimit small{limit, before.rlim_max};
    REQUIRE(setrlimit(RLIMIT_FSIZE, &small) == 0);
    const auto code = code_of([&] { write_shard(folder / "s", Sizes(300, 150'000))->publish(); });
    setrlimit(RLIMIT_FSIZE, &before);
    CHECK(code == ErrorCode::kIo);
    CHECK(fs::is_empty(folder.path()));
  }
  std::signal(SIGXFSZ, old_handler);
}
