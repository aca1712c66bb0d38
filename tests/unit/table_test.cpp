// What cells, times and --columns mean.
#include <doctest/doctest.h>

#include <cmath>
#include <cstdio>
#include <cstring>
#include <limits>
#include <random>

#include "support/errors.h"
#include "support/scratch.h"
#include "tools/ingest/npy_table.h"
#include "tools/ingest/split.h"
#include "tools/ingest/table_layout.h"

using namespace dsprep;
using namespace dsprep::test;

namespace {

Cell text(std::string_view words) { return {.kind = Cell::Kind::kText, .text = words}; }

template <class T>
T value_of(std::string_view words, DType dtype) {
  T value{};
  put_number(text(words), dtype, reinterpret_cast<std::byte*>(&value));
  return value;
}

std::optional<ErrorCode> fault_of(std::string_view words, DType dtype) {
  std::byte memory[8];
  return code_of([&] { put_number(text(words), dtype, memory); });
}

std::string identity_of(std::string_view words) {
  std::string out;
  append_identity(text(words), usual_missing_words(), out);
  return out;
}

}  // namespace

TEST_CASE("decimal text is rounded once, to the nearest float") {
  // The double nearest to this lies exactly between two floats, so that rounding twice is wrong.
  CHECK(value_of<float>("1.00000017881393432617187499", DType::kFloat32) ==
        std::strtof("1.00000017881393432617187499", nullptr));
  std::mt19937_64 random(7);
  for (int i = 0; i < 20000; ++i) {
    float wanted = 0;
    const auto bits = static_cast<std::uint32_t>(random());
    std::memcpy(&wanted, &bits, sizeof wanted);
    if (!std::isfinite(wanted)) continue;
    char digits[32];
    std::snprintf(digits, sizeof digits, "%.9g", static_cast<double>(wanted));
    CHECK(value_of<float>(digits, DType::kFloat32) == wanted);
  }
  CHECK(value_of<double>(" +1e-3\t", DType::kFloat64) == 1e-3);
  CHECK(value_of<float>("1e-60", DType::kFloat32) == 0.0F);
  CHECK(value_of<double>("1e-400", DType::kFloat64) == 0.0);
  CHECK(std::isinf(value_of<float>("-inf", DType::kFloat32)));
}

TEST_CASE("what is no number, or does not fit its dtype, is a bad row") {
  for (const char* bad : {"", "1,5", "1 2", "0x10", "--1", "+-1", "1e", "true", "1.5.2"}) {
    CAPTURE(bad);
    CHECK(fault_of(bad, DType::kFloat32) == ErrorCode::kBadRow);
  }
  CHECK(fault_of("1e39", DType::kFloat32) == ErrorCode::kBadRow);
  CHECK(fault_of("1e39", DType::kFloat64) == std::nullopt);
  CHECK(fault_of("1e309", DType::kFloat64) == ErrorCode::kBadRow);
  CHECK(fault_of("128", DType::kInt8) == ErrorCode::kBadRow);
  CHECK(value_of<std::int8_t>("-128", DType::kInt8) == -128);
  CHECK(fault_of("-1", DType::kUint8) == ErrorCode::kBadRow);
  CHECK(fault_of("1.0", DType::kInt64) == ErrorCode::kBadRow);
  CHECK(fault_of("9223372036854775808", DType::kInt64) == ErrorCode::kBadRow);
  CHECK(value_of<std::uint64_t>("18446744073709551615", DType::kUint64) == ~std::uint64_t{0});
  CHECK(fault_of("2", DType::kBool) == ErrorCode::kBadRow);
  CHECK(value_of<bool>("TRUE", DType::kBool));
}

TEST_CASE("values that any type stores as equal bytes have one identity") {
  CHECK(identity_of("1") == identity_of("1.0"));
  CHECK(identity_of("007") == identity_of("7"));
  CHECK(identity_of("0.1") == identity_of("0.10000000149011612"));  // equal as float32
  CHECK(identity_of("true") == identity_of("1"));
  CHECK(identity_of("") == identity_of("NA"));
  CHECK(identity_of("a") != identity_of("b"));
  CHECK(identity_of("1") != identity_of("2"));
  CHECK(identity_of("") != identity_of("0"));
}

TEST_CASE("points in time are numbers or ISO 8601") {
  const auto seconds = [](std::string_view words) { return parse_time(words)->whole; };
  CHECK(seconds("1970-01-01") == 0);
  CHECK(seconds("2024-02-29T12:30") == 1709209800);
  CHECK(seconds("2024-02-29 12:30:00+01:30") == 1709204400);
  CHECK(seconds("2024-02-29T12:30:00Z") == seconds("2024-02-29T07:30:00-0500"));
  CHECK(seconds("1969-12-31T23:59:59Z") == -1);
  CHECK(*parse_time("2024-01-01T00:00:00.25") < *parse_time("2024-01-01T00:00:00.5"));
  CHECK(*parse_time("9007199254740993") > *parse_time("9007199254740992"));  // not equal as double
  CHECK(*parse_time("-1.5") < *parse_time("-1"));
  for (const char* bad : {"", "2023-02-29", "2024-13-01", "2024-01-01T24:00", "2024-01-01T1:00",
                          "noon", "nan", "2024-01-01x", "1e300"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_time(bad).has_value());
  }
}

TEST_CASE("a split by time gives each border to the later split") {
  const SplitRule rule = SplitRule::parse("time:when<10<20.5");
  CHECK(rule.to_text() == "time:when<10<20.5");
  CHECK(rule.share_of(*parse_time("9.99")) == 0);
  CHECK(rule.share_of(*parse_time("10")) == 1);
  CHECK(rule.share_of(*parse_time("20.5")) == 2);
  CHECK(code_of([&] { (void)rule.share_of(*parse_time("2024-01-01")); }) == ErrorCode::kBadRow);
  for (const char* bad : {"time:", "time:t", "time:t<", "time:t<2<1", "time:t<1<2024-01-01",
                          "time:t<1<2<3", "time:<1"}) {
    CAPTURE(bad);
    CHECK(code_of([&] { (void)SplitRule::parse(bad); }) == ErrorCode::kUsage);
  }
}

TEST_CASE("--columns names fields, columns, types and defaults") {
  const auto items = parse_columns(R"(x=a+"b,""c"" d":float64?-1, sex:category ,one=z+,r=0..2,*)");
  REQUIRE(items.size() == 5);
  CHECK(items[0].field == "x");
  CHECK(items[0].columns == std::vector<std::string>{"a", "b,\"c\" d"});
  CHECK(items[0].type == ColumnType{ColumnType::Form::kNumber, DType::kFloat64});
  CHECK(items[0].standard == "-1");
  CHECK(items[1].type->form == ColumnType::Form::kCategory);
  CHECK_FALSE(items[1].vector);
  CHECK(items[2].vector);
  CHECK(items[3].columns == std::vector<std::string>{"0", "1", "2"});
  CHECK(items[4].rest());
  for (const char* bad :
       {"", "a,", "a:int", "a+b", "x=a+b:text", "*,*", "\"a", "a:float32?1,", "3..1+"}) {
    CAPTURE(bad);
    CHECK(code_of([&] { (void)parse_columns(bad); }) == ErrorCode::kUsage);
  }
}

TEST_CASE("'*' becomes a vector of the numbers, and fields of the rest") {
  auto layout =
      TableLayout::draft(parse_columns("id:int64,*"), {"id", "a", "B b", "c", "y"}, {"y"});
  CHECK(layout.needs_survey());
  layout.complete({0, kSeenNumber, kSeenNumber | kSeenText, 0}, {}, 1);
  REQUIRE(layout.fields.size() == 3);
  CHECK(layout.fields[1].name == "features");
  CHECK(layout.fields[1].columns.size() == 2);  // a, and c of which nothing is known
  CHECK(layout.fields[2].name == "b_b");
  const auto again = TableLayout::from_json(layout.to_json());
  CHECK(again.to_json() == layout.to_json());
  Schema schema;
  again.add_fields(schema);
  schema.validate();
  CHECK(schema.fields[1].columns == std::vector<std::string>{"a", "c"});
  CHECK(schema.fields[2].encoding == Encoding::kText);
  CHECK(code_of([] { (void)TableLayout::draft(parse_columns("a,a=b"), {}, {}); }) ==
        ErrorCode::kUsage);
}

TEST_CASE("categories are sorted, rare and unknown ones are 0") {
  auto layout = TableLayout::draft(parse_columns("c:category"), {}, {});
  WordCounts words;
  for (const char* word : {"b", "a", "b", "a", "rare"}) words.add(word, 1);
  layout.complete({0}, {words}, 2);
  const TableEncoder encoder(TableLayout::from_json(layout.to_json()), {});
  const auto id = [&](std::string_view word) {
    std::uint16_t value = 99;
    encoder.put(encoder.layout().fields[0], {text(word)}, reinterpret_cast<std::byte*>(&value));
    return value;
  };
  CHECK(id("a") == 1);
  CHECK(id("b") == 2);
  CHECK(id("rare") == 0);
  CHECK(id("<unknown>") == 0);
  CHECK(id("") == 0);
}

TEST_CASE("the head of a .npy file tells its columns, or what is wrong with it") {
  const Scratch folder;
  const auto read = [&](const std::string& dict, std::size_t bytes) {
    std::string head = dict + std::string(117 - dict.size(), ' ') + "\n";
    std::string file = std::string("\x93NUMPY\x01\x00", 8) + char(118) + '\0' + head;
    spill(folder / "x.npy", file + std::string(bytes, '\1'));
    return read_npy_table(InputFile(folder / "x.npy"));
  };
  const NpyTable plain = read("{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2), }", 24);
  CHECK(plain.rows == 3);
  CHECK(plain.columns.size() == 2);
  CHECK(plain.columns[1].name == "1");
  CHECK(plain.columns[1].offset == 4);
  CHECK(plain.data_offset == 128);
  const NpyTable named =
      read("{'descr': [('a', '<i8'), ('b', '|b1')], 'fortran_order': False, 'shape': (2,), }", 18);
  CHECK(named.row_bytes == 9);
  CHECK(named.columns[1].dtype == DType::kBool);
  const auto code = [&](const char* dict, std::size_t bytes) {
    return code_of([&] { (void)read(dict, bytes); });
  };
  CHECK(code("{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2), }", 23) ==
        ErrorCode::kTruncated);
  CHECK(read("{'descr': '<f4', 'fortran_order': True, 'shape': (3, 2), }", 24).fortran);
  CHECK(!read("{'descr': '<f4', 'fortran_order': True, 'shape': (6,), }", 24).fortran);
  CHECK(read("{'descr': '>f4', 'fortran_order': False, 'shape': (3, 2), }", 24).columns[0].big);
  for (const char* descr : {"<c8", "|S4", "|O", "<U3", "<f16", ""})
    CHECK(code(("{'descr': '" + std::string(descr) + "', 'fortran_order': False, 'shape': (3, 2), }").c_str(),
               24) == ErrorCode::kUnsupportedFormat);
  CHECK(code("{'descr': '<f4', 'shape': (3, 2), }", 24) == ErrorCode::kCorrupt);
  CHECK(code("{'descr': '<f4', 'fortran_order': False, 'shape': (1, 3, 2), }", 24) ==
        ErrorCode::kUnsupportedFormat);
  CHECK(code("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999, 9999999), }",
             24) == ErrorCode::kTruncated);
  spill(folder / "x.npy", "no");
  CHECK(code_of([&] { (void)read_npy_table(InputFile(folder / "x.npy")); }) == ErrorCode::kCorrupt);
}
