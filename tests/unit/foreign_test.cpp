#include <doctest/doctest.h>

#include <cstring>
#include <functional>
#include <map>

#include "dsprep/shard.h"
#include "formats/lmdb/lmdb_handles.h"
#include "formats/wds/tar_header.h"
#include "support/scratch.h"

using namespace dsprep;
using namespace dsprep::test;
namespace fs = std::filesystem;

namespace {

std::string member(const std::string& name, const std::string& bytes, char type = '0') {
  const TarBlock head = tar_header(name, bytes.size(), static_cast<TarType>(type));
  std::string out(reinterpret_cast<const char*>(head.data()), head.size());
  return out + bytes + std::string(tar_padding(bytes.size()), '\0');
}
const std::string kEnd(2 * kTarBlock, '\0');

std::string text_of(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// "key{field=value …} …" of all samples.
std::string listing(const fs::path& path) {
  const auto reader = open_shard(path);
  CHECK(reader->foreign());
  CHECK(!reader->digest());
  std::string out;
  ReadBuffer buffer;
  for (std::uint64_t i = 0; i < reader->size(); ++i) {
    const Record record = reader->read(i, buffer);
    out += std::string(record.key) + "{";
    for (std::size_t field = 0; field < record.fields.size(); ++field) {
      const Field& about = reader->header().schema.fields[field];
      const FieldValue& value = record.fields[field];
      out += (field == 0 ? "" : " ") + about.name + "=";
      std::int64_t number = 0;
      if (about.encoding == Encoding::kClass)
        std::memcpy(&number, value.bytes.data(), sizeof(number));
      out += about.encoding == Encoding::kClass ? std::to_string(number) : text_of(value.bytes);
    }
    out += "}";
  }
  return out;
}

std::string tar_listing(const std::string& bytes) {
  const Scratch folder;
  spill(folder / "a.tar", bytes);
  return listing(folder / "a.tar");
}

std::optional<ErrorCode> code_of(const std::function<void()>& run) {
  try {
    run();
  } catch (const Error& error) {
    CHECK(!error.where().file.empty());
    return error.code();
  }
  return std::nullopt;
}
std::optional<ErrorCode> tar_code(const std::string& bytes) {
  return code_of([&] { (void)tar_listing(bytes); });
}

}  // namespace

TEST_CASE("names are cut into key and field as webdataset cuts them") {
  struct Row {
    const char* name;
    const char* listing;
  };
  for (const Row& row : std::vector<Row>{{"d.v1/a.b.JPG", "d.v1/a{b_jpg=x}"},
                                         {"./x.txt", "./x{txt=x}"},
                                         {"a/.b.txt", "a/{b_txt=x}"},
                                         {"a.b/.c", ""},
                                         {"/.c", "/{c=x}"},
                                         {".hidden", ""},
                                         {"plain", ""},
                                         {"a.b/plain", ""},
                                         {"__x__", ""},
                                         {"__x__/a.txt", ""},
                                         {"d/__x__/a.txt", "d/__x__/a{txt=x}"},
                                         {"__a.txt", "__a{txt=x}"},
                                         {"a.", "a{_=x}"},
                                         {"a.key", "a{key_=x}"}}) {
    CAPTURE(row.name);
    CHECK(tar_listing(member(row.name, "x") + kEnd) == row.listing);
  }
}

TEST_CASE("samples are runs of one key, with the union of the fields") {
  CHECK(tar_listing(member("a.txt", "one") + member("a.cls", " 7\n") + member("b.cls", "-3") +
                    member("a.cls", "0") + kEnd) == "a{txt=one cls=7}b{txt= cls=-3}a{txt= cls=0}");
  // A class that some sample lacks is given as it stands.
  CHECK(tar_listing(member("a.cls", "7") + member("b.txt", "t") + kEnd) ==
        "a{cls=7 txt=}b{cls= txt=t}");
  CHECK(tar_listing(member("a.x-y", "1") + member("a.x_y", "2") + kEnd).size() ==
        std::string("a{x_y=1 x_y_2=2}").size());
  CHECK(tar_code(member("a.txt", "1") + member("a.TXT", "2") + kEnd) == ErrorCode::kCorrupt);
  CHECK(tar_code(member("a.cls", "seven") + kEnd) == ErrorCode::kCorrupt);
}

TEST_CASE("a sample whose members do not stand together is an error, never two half-empty ones") {
  const std::string cls = member("a.cls", "1"), txt = member("a.txt", "t"), b = member("b.cls", "2");
  CHECK(tar_listing(cls + txt + b + kEnd) == "a{cls=1 txt=t}b{cls=2 txt=}");
  CHECK(tar_code(cls + b + txt + kEnd) == ErrorCode::kCorrupt);
  CHECK(tar_code(b + txt + member("c.cls", "3") + cls + kEnd) == ErrorCode::kCorrupt);
  // All members of one kind first, then all of the other.
  CHECK(tar_code(cls + b + txt + member("b.txt", "u") + kEnd) == ErrorCode::kCorrupt);
}

TEST_CASE("pax and GNU long names and sizes hold, folders and links are passed over") {
  const std::string name = std::string(150, 'n') + "/a.txt";
  const std::string key = std::string(150, 'n') + "/a";
  CHECK(tar_listing(member("x", pax_record("path", name), 'x') + member("short", "1") + kEnd) ==
        key + "{txt=1}");
  CHECK(tar_listing(member("././@LongLink", name + '\0', 'L') + member("short", "1") + kEnd) ==
        key + "{txt=1}");
  CHECK(tar_listing(member("././@LongLink", name + '\0', 'K') + member("a.txt", "", '2') +
                    member("b.txt", "1") + kEnd) == "b{txt=1}");
  CHECK(tar_listing(member("g", pax_record("comment", "hello"), 'g') + member("a.d", "", '5') +
                    member("a.txt", "1") + kEnd) == "a{txt=1}");
  std::string sized = member("a.txt", std::string(1000, 'y'));
  const TarBlock empty = tar_header("a.txt", 0, TarType::kFile);
  sized.replace(0, empty.size(), reinterpret_cast<const char*>(empty.data()), empty.size());
  CHECK(tar_listing(member("x", pax_record("size", "1000"), 'x') + sized + kEnd) ==
        "a{txt=" + std::string(1000, 'y') + "}");
}

TEST_CASE("a cut tar is an error at every length, and so are zeros in its middle") {
  const std::string whole = member("a.txt", "one") + member("b.txt", std::string(600, 'z')) + kEnd;
  for (std::size_t length = 0; length < whole.size() - kTarBlock; ++length) {
    CAPTURE(length);
    CHECK(tar_code(whole.substr(0, length)) != std::nullopt);
  }
  std::string zeroed = whole;
  std::fill_n(zeroed.begin() + 1024, 1024, '\0');
  CHECK(tar_code(zeroed) == ErrorCode::kCorrupt);
}

TEST_CASE("every damaged header byte that counts is found or harmless, never a crash") {
  const std::string whole =
      member("x", pax_record("path", "a.txt"), 'x') + member("s", "one") + kEnd;
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (const int bit : {0, 3, 7}) {
      std::string damaged = whole;
      damaged[at] = static_cast<char>(damaged[at] ^ (1 << bit));
      CAPTURE(at);
      // The last byte of a checksum field means nothing.
      const bool header = (at < 512 || (at >= 1024 && at < 1536)) && at % 512 != 155;
      const bool found = tar_code(damaged).has_value();
      CHECK((found || !header));
    }
  }
}

TEST_CASE("hostile sizes and records are refused before anything is allocated") {
  const TarBlock huge = tar_header("a.txt", kTarMaxSize, TarType::kFile);
  CHECK(tar_code({reinterpret_cast<const char*>(huge.data()), huge.size()}) ==
        ErrorCode::kTruncated);
  for (const char* record :
       {"99999999999999999999 path=x\n", "3 a\n", "0 path=a\n", "nonsense",
        "18446744073709551615 path=a\n", "12 size=abc\n", "30 size=18446744073709551615\n"}) {
    CAPTURE(record);
    CHECK(tar_code(member("x", record, 'x') + member("a.txt", "1") + kEnd) != std::nullopt);
  }
}

TEST_CASE("a file that is no shard is refused with what it is") {
  for (const char* bytes : {"", "hello", "\x1F\x8B\x08 gzip", "\x93NUMPY\x01"}) {
    CAPTURE(bytes);
    CHECK(tar_code(bytes) != std::nullopt);
  }
}

TEST_CASE("an LMDB file of other software gives its keys and values, as a file and as a folder") {
  const Scratch folder;
  fs::create_directory(folder / "db");
  const fs::path file = folder / "db" / "data.mdb";
  {
    const Environment environment = open_environment(file, 0);
    Transaction transaction = begin_transaction(environment.get(), 0, file);
    const MDB_dbi database = main_database(transaction.get(), file);
    for (const auto& [k, v] : std::map<std::string, std::string>{
             {"b", "two"}, {"a", ""}, {"c", std::string(9000, 'c')}}) {
      MDB_val key{k.size(), const_cast<char*>(k.data())},
          value{v.size(), const_cast<char*>(v.data())};
      check_lmdb(mdb_put(transaction.get(), database, &key, &value, 0), "put", file);
    }
    check_lmdb(mdb_txn_commit(transaction.release()), "commit", file);
  }
  const std::string expected = "a{value=}b{value=two}c{value=" + std::string(9000, 'c') + "}";
  CHECK(listing(file) == expected);
  CHECK(listing(folder / "db") == expected);
  const auto extents = open_shard(file)->extents(1);
  REQUIRE(extents.size() == 1);
  CHECK(slurp(file).substr(extents[0].offset, extents[0].length) == "two");
  const std::string whole = slurp(file);
  for (std::size_t length = 0; length < whole.size(); length += 512) {
    CAPTURE(length);
    spill(file, whole.substr(0, length));
    CHECK(code_of([&] { (void)open_shard(file); }) == ErrorCode::kCorrupt);
  }
}
