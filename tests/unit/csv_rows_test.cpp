#include "tools/ingest/csv_rows.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "dsprep/error.h"

using namespace dsprep;

namespace {

using Rows = std::vector<std::vector<std::string>>;

Rows rows_of(std::string_view text, char delimiter = ',') {
  CsvRows reader(text, delimiter);
  Rows rows;
  for (std::vector<std::string> cells; reader.next(cells);) rows.push_back(cells);
  return rows;
}

std::string fault_of(std::string_view text) {
  try {
    (void)rows_of(text);
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::kBadRow);
    return error.message();
  }
  return "";
}

}  // namespace

TEST_CASE("cells are what stands between delimiters, with or without quotes") {
  const struct {
    const char* text;
    Rows rows;
  } cases[] = {
      {"", {}},
      {"\n\r\n\n", {}},
      {"a,b\n1,2\n", {{"a", "b"}, {"1", "2"}}},
      {"a,b\r\n1,2", {{"a", "b"}, {"1", "2"}}},
      {"\xEF\xBB\xBF"
       "a\nb\n",
       {{"a"}, {"b"}}},
      {"a,,\n,\n", {{"a", "", ""}, {"", ""}}},
      {"\"a,b\",\"c\"\"d\"\n", {{"a,b", "c\"d"}}},
      {"\"line\nend\",x\ny,z", {{"line\nend", "x"}, {"y", "z"}}},
      {"\"\"\n", {{""}}},
      {"5\" disk,it's \"so\"\n", {{"5\" disk", "it's \"so\""}}},
      {"\"x\"\r\n\"y\"\r\n", {{"x"}, {"y"}}},
      {" a , b \n", {{" a ", " b "}}},
  };
  for (const auto& test : cases) {
    CAPTURE(test.text);
    CHECK(rows_of(test.text) == test.rows);
  }
  CHECK(rows_of("a\tb,c\n", '\t') == Rows{{"a", "b,c"}});
}

TEST_CASE("faults of a table are told with line and column, and rows behind one can be read") {
  CHECK(fault_of("a,b\n1,\"2\n3,4\n") == "line 2, column 2: a quote that is never closed");
  CHECK(fault_of("a\n\n\"b\" c\n") == "line 3, column 1: text behind a closing quote");
  CHECK(fault_of("\"two\nlines\",\"x\"y\n") == "line 2, column 2: text behind a closing quote");
  CsvRows reader("a\n\"b\"c\nd\n", ',');
  std::vector<std::string> cells;
  REQUIRE(reader.next(cells));
  CHECK_THROWS_AS((void)reader.next(cells), Error);
  REQUIRE(reader.next(cells));
  CHECK(cells == std::vector<std::string>{"d"});
  CHECK(reader.line() == 3);
}
