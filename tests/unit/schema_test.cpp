#include "dsprep/schema.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "support/errors.h"

using namespace dsprep;
using namespace dsprep::test;

namespace {

Schema table(std::vector<std::int64_t> shape, std::vector<std::string> columns) {
  return {{{"features", DType::kFloat32, std::move(shape), Encoding::kArray, std::move(columns)},
           {"label", DType::kInt64, {}, Encoding::kClass}}};
}

}  // namespace

TEST_CASE("names of columns come back as they were written, and make schemas differ") {
  const Schema named = table({2}, {"age", "größe, \"cm\"\n"});
  CHECK(schema_from_json(schema_to_json(named)) == named);
  CHECK(named != table({2}, {}));
  CHECK(named != table({2}, {"größe, \"cm\"\n", "age"}));
}

TEST_CASE("a schema without names of columns is written as it was before there were any") {
  const auto json = nlohmann::json::parse(schema_to_json(table({2}, {})));
  CHECK_FALSE(json.at(0).contains("columns"));
  CHECK(schema_from_json(json.dump()) == table({2}, {}));
}

TEST_CASE("what a field says beyond what this version knows is passed over") {
  auto json = nlohmann::json::parse(schema_to_json(table({2}, {"a", "b"})));
  json[0]["unit"] = "cm";
  CHECK(schema_from_json(json.dump()) == table({2}, {"a", "b"}));
}

TEST_CASE("names of columns are as many as the last axis is long, not empty, UTF-8 and distinct") {
  const auto code = [](const Schema& schema) { return code_of([&] { schema.validate(); }); };
  CHECK(code(table({3, 2}, {"a", "b"})) == std::nullopt);
  CHECK(code(table({3}, {"a", "b"})) == ErrorCode::kUsage);
  CHECK(code(table({2, 3}, {"a", "b"})) == ErrorCode::kUsage);
  CHECK(code(table({-1}, {"a", "b"})) == ErrorCode::kUsage);
  CHECK(code(table({}, {"a"})) == ErrorCode::kUsage);
  CHECK(code(table({2}, {"a", ""})) == ErrorCode::kUsage);
  CHECK(code(table({2}, {"a", "a"})) == ErrorCode::kUsage);
  CHECK(code(table({2}, {"a", "\xFF"})) == ErrorCode::kUsage);
}

TEST_CASE("names of columns that are no list of texts are damage") {
  auto json = nlohmann::json::parse(schema_to_json(table({2}, {})));
  json[0]["columns"] = {1, 2};
  CHECK(code_of([&] { (void)schema_from_json(json.dump()); }) == ErrorCode::kCorrupt);
}
