#include "formats/wds/tar_name.h"

#include <doctest/doctest.h>

#include "formats/wds/name_set.h"
#include "formats/wds/tar_header.h"

using namespace dsprep;

namespace {

struct Case {
  const char* key;
  const char* stem;
  const char* name;  // without the extension
};
constexpr Case kCases[] = {
    {"cats/1.jpg", "cats/1", "cats/1"},
    {"a", "a", "a"},
    {"a.JPEG", "a", "a"},
    {"a.jpeg2k", "a.jpeg2k", "a%2Ejpeg2k"},  // six characters are no extension
    {"a.", "a.", "a%2E"},
    {"a.b-c", "a.b-c", "a%2Eb-c"},
    {".jpg", ".jpg", "%2Ejpg"},  // nothing stands before the dot
    {"d/.jpg", "d/.jpg", "d/%2Ejpg"},
    {"v1.2/x.png", "v1.2/x", "v1.2/x"},
    {"a.tar.gz", "a.tar", "a%2Etar"},
    {"a.txt:12", "a.txt:12", "a%2Etxt:12"},
    {"100%.png", "100%", "100%25"},
    {"%2E", "%2E", "%252E"},
    {"./a.png", "./a", "%2E/a"},
    {"../a.png", "../a", "%2E%2E/a"},
    {"x/../a.png", "x/../a", "x/%2E%2E/a"},
    {"x/..", "x/..", "x/%2E%2E"},
    {"/a", "/a", "%2Fa"},
    {"a//b", "a//b", "a/%2Fb"},
    {"a/", "a/", "a%2F"},
    {"//", "//", "%2F%2F"},
    {"__a__/b", "__a__/b", "%5F_a__/b"},
    {"a/__b__.png", "a/__b__", "a/%5F_b__"},
    {"____", "____", "%5F___"},
    {"___", "___", "___"},
    {"a\nb\x7F", "a\nb\x7F", "a%0Ab%7F"},
    {"\xC3\xA4.png", "\xC3\xA4", "\xC3\xA4"},
    {"\xE4.png", "\xE4", "%E4"},  // not UTF-8
};

}  // namespace

TEST_CASE("a key becomes a name that WebDataset readers cut where we mean it") {
  for (const Case& c : kCases) {
    CAPTURE(c.key);
    CHECK(key_stem(c.key) == c.stem);
    CHECK(tar_name(c.key, false) == c.name);
    CHECK(unescape_tar_name(tar_name(c.key, false)) == c.stem);
    CHECK(unescape_tar_name(tar_name(c.key, true)) == c.key);
  }
}

TEST_CASE("what is no escape is left as it is by the inverse") {
  CHECK(unescape_tar_name("a%") == "a%");
  CHECK(unescape_tar_name("a%2") == "a%2");
  CHECK(unescape_tar_name("%zz%2") == "%zz%2");
  CHECK(unescape_tar_name("%2G") == "%2G");
}

TEST_CASE("a pax record counts its own length") {
  CHECK(pax_record("path", "x") == "9 path=x\n");
  for (std::size_t length = 0; length < 1200; ++length) {
    const std::string record = pax_record("path", std::string(length, 'x'));
    CHECK(std::stoul(record) == record.size());
  }
}

TEST_CASE("a tar header has the sum of its bytes, with its own field as spaces") {
  for (const std::uint64_t size : {std::uint64_t{0}, std::uint64_t{511}, kTarMaxSize}) {
    const TarBlock block = tar_header("folder/name.jpg", size, TarType::kFile);
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < block.size(); ++i)
      sum += i >= 148 && i < 156 ? ' ' : std::to_integer<unsigned>(block[i]);
    const std::string text(reinterpret_cast<const char*>(block.data()), block.size());
    CHECK(std::stoull(text.substr(148, 6), nullptr, 8) == sum);
    CHECK(std::stoull(text.substr(124, 11), nullptr, 8) == size);
    CHECK(text.substr(257, 8) == std::string("ustar\0"
                                             "00",
                                             8));
  }
}

TEST_CASE("a set of names finds each name again") {
  NameSet names;
  for (int i = 0; i < 5000; ++i) CHECK(names.insert(std::to_string(i)));
  for (int i = 0; i < 5000; ++i) CHECK(!names.insert(std::to_string(i)));
}
