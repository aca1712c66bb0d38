#include "tools/ingest/csv_row.h"

#include <doctest/doctest.h>

#include "support/errors.h"

using namespace dsprep;

namespace {

std::vector<std::string> texts_of(std::string_view row, char delimiter = ',') {
  std::vector<std::string_view> fields;
  split_csv_row(row, delimiter, fields);
  std::vector<std::string> texts;
  std::string memory;
  for (const auto field : fields) texts.emplace_back(csv_text(field, memory));
  return texts;
}

}  // namespace

TEST_CASE("rows of csv are split as RFC 4180 says") {
  using Texts = std::vector<std::string>;
  CHECK(texts_of("a,b,c") == Texts{"a", "b", "c"});
  CHECK(texts_of("") == Texts{""});
  CHECK(texts_of(",") == Texts{"", ""});
  CHECK(texts_of("a,,") == Texts{"a", "", ""});
  CHECK(texts_of(R"("a,b",c)") == Texts{"a,b", "c"});
  CHECK(texts_of(R"("say ""hi""",x)") == Texts{R"(say "hi")", "x"});
  CHECK(texts_of(R"("""")") == Texts{"\""});
  CHECK(texts_of(R"("")") == Texts{""});
  CHECK(texts_of(R"("""""",y)") == Texts{R"("")", "y"});
  CHECK(texts_of("\"two\nlines\",z") == Texts{"two\nlines", "z"});
  CHECK(texts_of("a\tb,c", '\t') == Texts{"a", "b,c"});
  CHECK(texts_of(" a , b ") == Texts{" a ", " b "});
}

TEST_CASE("what is no row of csv is refused with its column") {
  for (const auto& [row, column] : {std::pair{R"(a,5" disk)", "column 2"},
                                    {R"("a"b,c)", "column 1"},
                                    {R"(a,b,"open)", "column 3"},
                                    {R"(")", "column 1"},
                                    {R"("""a)", "column 1"}}) {
    CAPTURE(row);
    try {
      (void)texts_of(row);
      FAIL("no error");
    } catch (const Error& error) {
      CHECK(error.code() == ErrorCode::kBadRow);
      CHECK(error.message().starts_with(column));
    }
  }
}
