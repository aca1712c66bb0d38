#include "formats/common/npy.h"

#include <doctest/doctest.h>

#include <string>

using namespace dsprep;

namespace {

std::string text_of(const std::vector<std::byte>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

TEST_CASE("a .npy header is what numpy writes, and its data are aligned") {
  const std::vector<std::uint64_t> matrix = {3, 4};
  const std::string header = text_of(npy_header("'<u2'", matrix));
  CHECK(header.size() == 128);
  CHECK(header.substr(0, 10) == std::string("\x93NUMPY\x01\x00\x76\x00", 10));
  CHECK(header.substr(10, 59) == "{'descr': '<u2', 'fortran_order': False, 'shape': (3, 4), }");
  CHECK(header.back() == '\n');
}

TEST_CASE("shapes are written as Python writes tuples") {
  struct Case {
    std::vector<std::uint64_t> shape;
    const char* text;
  };
  for (const Case& c :
       {Case{{}, "()"}, Case{{0}, "(0,)"}, Case{{7}, "(7,)"}, Case{{1, 2, 3}, "(1, 2, 3)"}}) {
    CHECK(text_of(npy_header("'|u1'", c.shape)).find("'shape': " + std::string(c.text) + ", }") !=
          std::string::npos);
  }
}

TEST_CASE("the size of the header does not depend on the number of rows") {
  const std::size_t expected = npy_header("'|S300'", std::vector<std::uint64_t>{0}).size();
  for (std::uint64_t rows = 1; rows < UINT64_MAX / 11; rows = rows * 10 + 9) {
    const std::size_t size = npy_header("'|S300'", std::vector<std::uint64_t>{rows}).size();
    CHECK(size == expected);
    CHECK(size % 64 == 0);
  }
}
