#include "formats/wds/stem_index.h"

#include <doctest/doctest.h>

#include <array>
#include <set>
#include <string>

#include "formats/wds/tar_name.h"

using namespace dsprep;

TEST_CASE("keys that differ only in their extension keep it, and so all names of a tar differ") {
  static constexpr std::array kKeys = {"a/cat.jpg",   "a/cat.png",    "a/cat",   "a/dog.jpg",
                                       "b/cat.jpg",   "a/cat.tar.gz", "x.txt:1", "x.txt:2",
                                       "d/a.png.txt", "d/a.png",      "d/a"};
  StemIndex stems;
  for (const char* key : kKeys) stems.add(key);
  stems.finish();
  std::set<std::string> names;
  for (const char* key : kKeys) names.insert(tar_name(key, stems.ambiguous(key)));
  CHECK(names.size() == kKeys.size());
  CHECK(stems.ambiguous("a/cat.jpg"));
  CHECK(stems.ambiguous("a/cat"));
  CHECK(stems.ambiguous("d/a.png.txt"));
  CHECK_FALSE(stems.ambiguous("a/dog.jpg"));
  CHECK_FALSE(stems.ambiguous("b/cat.jpg"));
  CHECK_FALSE(stems.ambiguous("x.txt:1"));
}

TEST_CASE("without samples nothing is ambiguous") {
  StemIndex stems;
  stems.finish();
  CHECK_FALSE(stems.ambiguous("a.jpg"));
}
