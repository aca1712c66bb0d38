#include "dsprep/shard_stream.h"

#include <archive.h>
#include <archive_entry.h>
#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "dsprep/loader.h"
#include "support/errors.h"
#include "support/scratch.h"
#include "support/small_dataset.h"

using namespace dsprep;
using namespace dsprep::test;

namespace {

// Bytes as libarchive's writer with this filter compresses them.
std::string packed(const std::string& bytes, int (*filter)(archive*)) {
  std::string out(bytes.size() + (1 << 16), '\0');
  std::size_t used = 0;
  archive* writer = archive_write_new();
  filter(writer);
  archive_write_set_format_raw(writer);
  archive_write_set_bytes_in_last_block(writer, 1);
  REQUIRE(archive_write_open_memory(writer, out.data(), out.size(), &used) == ARCHIVE_OK);
  archive_entry* entry = archive_entry_new();
  archive_entry_set_filetype(entry, AE_IFREG);
  REQUIRE(archive_write_header(writer, entry) == ARCHIVE_OK);
  archive_write_data(writer, bytes.data(), bytes.size());
  archive_entry_free(entry);
  archive_write_close(writer);
  archive_write_free(writer);
  out.resize(used);
  return out;
}

// A tar as the webdataset package would write it: `count` samples from `first` on.
std::string foreign_tar(int first, int count) {
  std::string out(1 << 20, '\0');
  std::size_t used = 0;
  archive* writer = archive_write_new();
  archive_write_set_format_ustar(writer);
  REQUIRE(archive_write_open_memory(writer, out.data(), out.size(), &used) == ARCHIVE_OK);
  const auto add = [&](const std::string& name, const std::string& bytes) {
    archive_entry* entry = archive_entry_new();
    archive_entry_set_pathname(entry, name.c_str());
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0644);
    archive_entry_set_size(entry, static_cast<la_int64_t>(bytes.size()));
    archive_write_header(writer, entry);
    archive_write_data(writer, bytes.data(), bytes.size());
    archive_entry_free(entry);
  };
  for (int i = first; i < first + count; ++i) {
    add("s" + std::to_string(i) + ".cls", std::to_string(i));
    add("s" + std::to_string(i) + ".txt", "text " + std::to_string(i));
    add("s" + std::to_string(i) + ".json.gz",
        packed("{\"n\":" + std::to_string(i) + "}", archive_write_add_filter_gzip));
  }
  archive_write_close(writer);
  archive_write_free(writer);
  out.resize(used);
  return out;
}

std::vector<std::string> texts(ShardStream stream) {
  std::vector<std::string> out;
  while (const auto sample = stream.next()) {
    out.push_back(std::string(sample->key()) + "=" + std::string((*sample)["txt"].text()));
    const Bytes json = (*sample)["json"].bytes;
    CHECK(std::string(reinterpret_cast<const char*>(json.data()), json.size()) ==
          "{\"n\":" + std::string(sample->key().substr(1)) + "}");
  }
  return out;
}

}  // namespace

TEST_CASE("brace patterns name what bash would name") {
  using Names = std::vector<std::string>;
  CHECK(expand_braces("a.tar") == Names{"a.tar"});
  CHECK(expand_braces("t-{8..11}.tar") == Names{"t-8.tar", "t-9.tar", "t-10.tar", "t-11.tar"});
  CHECK(expand_braces("t-{08..10}") == Names{"t-08", "t-09", "t-10"});
  CHECK(expand_braces("{a,b}/{0..1}") == Names{"a/0", "a/1", "b/0", "b/1"});
  CHECK(expand_braces("x{,y}") == Names{"x", "xy"});
  CHECK(expand_braces("pipe:cat {a,b}") == Names{"pipe:cat {a,b}"});
  for (const char* bad : {"{0..2", "0}", "{{0..1}}", "{0..999}{0..999}{0..9}"})
    CHECK(code_of([&] { expand_braces(bad); }) == ErrorCode::kUsage);
}

TEST_CASE("a stream reads plain, compressed and piped tars of other software, in order") {
  const Scratch scratch;
  spill(scratch / "s-0.tar", foreign_tar(0, 3));
  spill(scratch / "s-1.tar", packed(foreign_tar(3, 2), archive_write_add_filter_gzip));
  spill(scratch / "s-2.tar", packed(foreign_tar(5, 2), archive_write_add_filter_zstd));
  spill(scratch / "pipe.tar", foreign_tar(7, 2));
  const std::string folder = scratch.path().string();
  const auto got =
      texts(ShardStream({folder + "/s-{0..2}.tar", "pipe:cat " + folder + "/pipe.tar"}));
  std::vector<std::string> expected;
  for (int i = 0; i < 9; ++i)
    expected.push_back("s" + std::to_string(i) + "=text " + std::to_string(i));
  CHECK(got == expected);
}

TEST_CASE("what is cut, damaged or fails is an error that names the shard, never a short one") {
  const Scratch scratch;
  const std::string good = foreign_tar(0, 5);
  const std::string gzip = packed(good, archive_write_add_filter_gzip);
  std::string zeroed = good;
  std::fill(zeroed.begin() + 2048, zeroed.begin() + 6144, '\0');
  spill(scratch / "cut.tar", good.substr(0, 5000));
  spill(scratch / "zeroed.tar", zeroed);
  spill(scratch / "cut.tar.gz", gzip.substr(0, gzip.size() - 20));
  spill(scratch / "good.tar", good);
  const std::string folder = scratch.path().string();
  for (const std::string& bad :
       {folder + "/cut.tar", folder + "/zeroed.tar", folder + "/cut.tar.gz", folder + "/none.tar",
        "pipe:cat " + folder + "/cut.tar", "pipe:cat " + folder + "/good.tar; exit 3",
        std::string("pipe:false")}) {
    CAPTURE(bad);
    ShardStream stream({bad, folder + "/good.tar"});
    std::string what;
    try {
      (void)stream.next();
    } catch (const Error& error) {
      what = error.what();
    }
    CAPTURE(what);
    CHECK(what.find(bad) != std::string::npos);
    CHECK(stream.next()->key() == "s0");  // the next shard is whole
  }
  CHECK(std::ranges::none_of(
      std::filesystem::directory_iterator(std::filesystem::temp_directory_path()),
      [](const auto& entry) {
        return entry.path().filename().string().find("-" + std::to_string(::getpid()) + "-") !=
                   std::string::npos &&
               entry.path().filename().string().starts_with("dsprep-shard");
      }));
}

TEST_CASE(
    "a loader shuffles the tars of other software, and dsprep's own shards without a dataset") {
  const Scratch scratch;
  spill(scratch / "a-0.tar", foreign_tar(0, 7));
  spill(scratch / "a-1.tar", foreign_tar(7, 4));
  LoaderOptions options{.batch_size = 4, .shuffle = true, .seed = 2, .threads = 2};
  options.fields = {"cls"};
  Loader loader(shards({(scratch / "a-{0..1}.tar").string()}), options);
  std::vector<std::int64_t> seen;
  for (const Batch& batch : loader.epoch(0)) {
    const auto labels = batch["cls"].as<std::int64_t>();
    seen.insert(seen.end(), labels.begin(), labels.end());
    for (std::size_t i = 0; i < batch.rows(); ++i)
      CHECK(labels[i] == static_cast<std::int64_t>(batch.samples()[i]));
  }
  CHECK(!std::ranges::is_sorted(seen));
  std::ranges::sort(seen);
  CHECK(seen.size() == 11);
  CHECK(std::ranges::adjacent_find(seen) == seen.end());

  make_small_dataset(scratch / "own", Container::kWds);
  const SourcePtr own = shards({(scratch / "own/train-{00000,00002}.tar").string()});
  CHECK(own->size() == 9);
  CHECK(own->key(4) == small_sample("train", 4).key);
  CHECK(code_of([&] {
          shards({(scratch / "own/train-00000.tar").string(), (scratch / "a-0.tar").string()});
        }) == ErrorCode::kUsage);
  CHECK(code_of([] { shards({}); }) == ErrorCode::kUsage);
}

TEST_CASE("a loader reads compressed and piped shards, and their compressed fields, in any order") {
  const Scratch scratch;
  spill(scratch / "s-0.tar", foreign_tar(0, 3));
  spill(scratch / "s-1.tar.gz", packed(foreign_tar(3, 4), archive_write_add_filter_gzip));
  spill(scratch / "s-2.tar.zst", packed(foreign_tar(7, 2), archive_write_add_filter_zstd));
  spill(scratch / "pipe.tar", foreign_tar(9, 3));
  const std::string folder = scratch.path().string();
  const SourcePtr from = shards({folder + "/s-0.tar", folder + "/s-{1.tar.gz,2.tar.zst}",
                                 "pipe:cat " + folder + "/pipe.tar"});
  REQUIRE(from->size() == 12);
  CHECK(from->key(8) == "s8");
  CHECK(from->schema().fields[from->schema().index_of("json")].encoding == Encoding::kJson);
  for (const unsigned threads : {0U, 3U}) {
    Loader loader(from, {.batch_size = 5, .shuffle = true, .seed = 1, .threads = threads});
    std::vector<std::uint64_t> seen;
    for (const Batch& batch : loader.epoch(0)) {
      const auto offsets = batch["json_offsets"].as<std::int64_t>();
      for (std::size_t row = 0; row < batch.rows(); ++row) {
        const std::uint64_t sample = batch.samples()[row];
        const auto begin = static_cast<std::size_t>(offsets[row]);
        const Bytes json =
            batch["json"].bytes.subspan(begin, static_cast<std::size_t>(offsets[row + 1]) - begin);
        CHECK(std::string(reinterpret_cast<const char*>(json.data()), json.size()) ==
              "{\"n\":" + std::to_string(sample) + "}");
        CHECK(batch["cls"].as<std::int64_t>()[row] == static_cast<std::int64_t>(sample));
        seen.push_back(sample);
      }
    }
    std::ranges::sort(seen);
    CHECK(seen.size() == 12);
    CHECK(std::ranges::adjacent_find(seen) == seen.end());
  }
  CHECK(code_of([] { shards({"pipe:false"}); }) == ErrorCode::kIo);
}
