#include "tools/ingest/archive_stream.h"

#include <archive.h>
#include <archive_entry.h>
#include <doctest/doctest.h>

#include <clocale>
#include <cstring>
#include <map>
#include <string>

#include "support/errors.h"
#include "support/scratch.h"

using namespace dsprep;

namespace {

using Members = std::map<std::string, std::string>;

// Written by libarchive itself, as bsdtar writes it.
void write_archive(const std::filesystem::path& path, bool zip, const Members& members) {
  archive* out = archive_write_new();
  if (zip) {
    archive_write_set_format_zip(out);
  } else {
    archive_write_set_format_pax_restricted(out);
    archive_write_add_filter_gzip(out);
  }
  REQUIRE(archive_write_open_filename(out, path.c_str()) == ARCHIVE_OK);
  for (const auto& [name, bytes] : members) {
    archive_entry* entry = archive_entry_new();
    archive_entry_set_pathname(entry, name.c_str());
    archive_entry_set_size(entry, static_cast<la_int64_t>(bytes.size()));
    archive_entry_set_filetype(entry, name.ends_with('/') ? AE_IFDIR : AE_IFREG);
    archive_entry_set_perm(entry, 0644);
    REQUIRE(archive_write_header(out, entry) >= ARCHIVE_WARN);
    archive_write_data(out, bytes.data(), bytes.size());
    archive_entry_free(entry);
  }
  archive_write_free(out);
}

Members read_archive(const std::filesystem::path& path) {
  Members members;
  ArchiveStream stream(path);
  for (ArchiveMember member; stream.next(member);) {
    std::string& bytes = members[member.name];
    bytes.resize(member.bytes);
    stream.read(std::as_writable_bytes(std::span(bytes)));
  }
  return members;
}

}  // namespace

TEST_CASE("members come with their names and bytes, whatever the process's locale is") {
  const test::Scratch scratch;
  const Members members = {
      {"a/1.jpg", "one"}, {"b/\xC3\xBC \xEA\xB0\x95.jpg", std::string(100'000, 'x')}, {"zero", ""}};
  for (const bool zip : {false, true}) {
    CAPTURE(zip);
    write_archive(scratch / "archive", zip, members);
    const std::string locale = std::setlocale(LC_ALL, nullptr);
    CHECK(read_archive(scratch / "archive") == members);
    CHECK(locale == std::setlocale(LC_ALL, nullptr));
  }
}

TEST_CASE("a stream goes forward to a member, and says where the archive is another") {
  const test::Scratch scratch;
  write_archive(scratch / "archive", false, {{"1", "one"}, {"2", "two"}, {"3", "three"}});
  ArchiveStream stream(scratch / "archive");
  stream.seek({.name = "3", .position = 2, .bytes = 5});
  std::string bytes(5, '\0');
  stream.read(std::as_writable_bytes(std::span(bytes)));
  CHECK(bytes == "three");
  for (const ArchiveMember& wrong : {ArchiveMember{"3", 2, 4}, {"2", 2, 5}, {"3", 3, 5}}) {
    CHECK(test::code_of([&] { ArchiveStream(scratch / "archive").seek(wrong); }) == ErrorCode::kIo);
  }
}

TEST_CASE("archives that are cut or damaged anywhere end in an error or give the right bytes") {
  const test::Scratch scratch;
  Members members;
  for (int i = 0; i < 20; ++i) {
    members["m" + std::to_string(i)] = std::string(static_cast<std::size_t>(i * 37), char('a' + i));
  }
  for (const bool zip : {false, true}) {
    CAPTURE(zip);
    write_archive(scratch / "whole", zip, members);
    const std::string whole = test::slurp(scratch / "whole");
    for (std::size_t at = 0; at < whole.size(); at += 1 + whole.size() / 150) {
      CAPTURE(at);
      test::spill(scratch / "cut", whole.substr(0, at));
      const auto cut = test::code_of([&] { (void)read_archive(scratch / "cut"); });
      const bool named = cut == ErrorCode::kTruncated || cut == ErrorCode::kCorrupt ||
                         cut == ErrorCode::kEmptyFile || cut == ErrorCode::kUnsupportedFormat;
      CHECK(named);
      std::string flipped = whole;
      flipped[at] = static_cast<char>(flipped[at] ^ 0x10);
      test::spill(scratch / "flipped", flipped);
      try {
        for (const auto& [name, bytes] : read_archive(scratch / "flipped")) {
          // A flipped name is no fault that zip could tell; flipped bytes are.
          if (members.contains(name)) CHECK(bytes == members.at(name));
        }
      } catch (const Error&) {
      }
    }
  }
}
