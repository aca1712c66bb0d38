#include "tools/ingest/listing.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <filesystem>

#include "support/scratch.h"

using namespace dsprep;
namespace fs = std::filesystem;

namespace {

std::vector<std::string> keys(const Listing& listing) {
  std::vector<std::string> out;
  for (const FoundFile& file : listing.files) out.push_back(file.key);
  return out;
}

void touch(const fs::path& path) {
  fs::create_directories(path.parent_path());
  test::spill(path, "x");
}

}  // namespace

TEST_CASE("folders are walked through links, sorted by key, and what is no file is counted") {
  const test::Scratch scratch;
  touch(scratch / "in/b/2.jpg");
  touch(scratch / "in/a.jpg");
  touch(scratch / "in/b/1.jpg");
  touch(scratch / "in/.hidden/3.jpg");
  touch(scratch / "elsewhere/4.jpg");
  fs::create_directory_symlink(scratch / "elsewhere", scratch / "in/link");
  REQUIRE(::mkfifo((scratch / "in/pipe.jpg").c_str(), 0600) == 0);
  const Listing listing = list_inputs({(scratch / "in").string()});
  CHECK(keys(listing) == std::vector<std::string>{"a.jpg", "b/1.jpg", "b/2.jpg", "link/4.jpg"});
  CHECK(listing.ignored.at("FIFOs") == 1);
  CHECK(listing.ignored.at("hidden files and folders") == 1);
  CHECK(listing.rejects.empty());
}

TEST_CASE("loops of links, dangling links and missing inputs have names") {
  const test::Scratch scratch;
  touch(scratch / "in/a.jpg");
  fs::create_directory_symlink(scratch / "in", scratch / "in/again");
  fs::create_symlink("nowhere", scratch / "in/b.jpg");
  const Listing listing = list_inputs({(scratch / "in").string()});
  REQUIRE(listing.rejects.size() == 2);
  CHECK(listing.rejects[0].path == "again/");
  CHECK(listing.rejects[0].code == ErrorCode::kSymlinkLoop);
  CHECK(listing.rejects[1].path == "b.jpg");
  CHECK(listing.rejects[1].code == ErrorCode::kNotFound);
  CHECK_THROWS_AS((void)list_inputs({(scratch / "absent").string()}), Error);
}

TEST_CASE("two inputs with one key are an error that names both") {
  const test::Scratch scratch;
  touch(scratch / "one/cat/1.jpg");
  touch(scratch / "two/cat/1.jpg");
  try {
    (void)list_inputs({(scratch / "one").string(), (scratch / "two").string()});
    FAIL("no error");
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::kDuplicateKey);
    const std::string what = error.what();
    CHECK(what.find("one/cat/1.jpg") != what.npos);
    CHECK(what.find("two/cat/1.jpg") != what.npos);
  }
}

TEST_CASE("lists name files and folders, and keep their names as keys") {
  const test::Scratch scratch;
  touch(scratch / "in/a.jpg");
  touch(scratch / "in/sub/b.jpg");
  test::spill(scratch / "list",
              (scratch / "in/a.jpg").string() + "\r\n\n" + (scratch / "in/sub").string() + "\n");
  const Listing listing = list_inputs({"@" + (scratch / "list").string()});
  REQUIRE(listing.files.size() == 2);
  for (const FoundFile& file : listing.files)
    CHECK(fs::exists(listing.roots[file.root] + file.key));
  CHECK(listing.files[0].key == "b.jpg");
  CHECK(listing.files[1].key == (scratch / "in/a.jpg").string().substr(1));
  CHECK(listing.files[1].named);
}
