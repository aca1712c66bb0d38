// --scale: what it says, and the scalers that builds leave in table.json.
#include <doctest/doctest.h>

#include <cmath>

#include "dsprep/fitted.h"
#include "support/build_support.h"
#include "support/errors.h"
#include "support/scratch.h"
#include "tools/ingest/table_scaling.h"
#include "tools/ingest/table_spec.h"

using namespace dsprep;

namespace {

// A table of 200 rows, a third of them not in train.
BuildOptions table_options(const test::Scratch& scratch, const std::string& scale) {
  std::string text = "a,b,part\n";
  for (int i = 0; i < 200; ++i)
    text += std::to_string(i * i % 97) + "," + std::to_string(1e3 - i / 7.0) + "," +
            (i % 3 == 0 ? "val" : "train") + "\n";
  test::spill(scratch / "t.csv", text);
  BuildOptions options;
  options.inputs = {(scratch / "t.csv").string()};
  options.out = scratch / ("out-" + scale);
  options.split = SplitRule::parse("column:part");
  options.table.columns = "features=a+b:float64";
  options.table.scale = scale;
  options.progress = ProgressMode::kNone;
  return options;
}

}  // namespace

TEST_CASE("--scale: kinds, fields and bounds") {
  CHECK(parse_scale("").empty());
  const auto items = parse_scale("standard,a=robust:0.1:0.9,b=minmax:-1:1,x=y=clip:0:1");
  REQUIRE(items.size() == 4);
  CHECK(items[0].field.empty());
  CHECK(items[1].kind == ScalerKind::kRobust);
  CHECK(items[1].quantiles() == std::vector<double>{0.1, 0.5, 0.9});
  CHECK(items[2].options.from == -1);
  CHECK(items[3].field == "x=y");
  for (const char* bad : {"no", "=standard", "standard:1:2", "clip", "clip:0.5", "clip:0.5:0.5",
                          "robust:0.1", "robust:-1:2", "minmax:1:x", "standard,robust", "a=b", ","}) {
    CAPTURE(bad);
    CHECK(test::code_of([&] { (void)parse_scale(bad); }) == ErrorCode::kUsage);
  }
}

TEST_CASE("--columns: an order of values, and places for them") {
  const auto items = parse_columns("a:onehot,b:ordinal(low<mid<high)?mid");
  CHECK(items[0].type->form == ColumnType::Form::kOneHot);
  CHECK(items[1].type->order == std::vector<std::string>{"low", "mid", "high"});
  CHECK(items[1].standard == "mid");
  CHECK(parse_column_type(column_type_name(*items[1].type)) == *items[1].type);
  for (const char* bad : {"v=a+b:onehot", "a:ordinal()", "a:ordinal(x<x)", "a:ordinal(x<)"}) {
    CAPTURE(bad);
    CHECK(test::code_of([&] { (void)parse_columns(bad); }) == ErrorCode::kUsage);
  }
}

TEST_CASE("a scaler is the same after its JSON, and other JSON is refused") {
  FieldStats stats;
  stats.field = "x";
  stats.split = "train";
  NumberStats numbers{.count = 4, .mean = 1.0 / 3, .std = 0.1, .min = -1, .max = 6};
  numbers.quantiles = {{0.25, 0.1}, {0.5, 0.2}, {0.75, 0.7}};
  stats.features = {{"a", numbers}};
  for (const ScalerKind kind : {ScalerKind::kStandard, ScalerKind::kRobust, ScalerKind::kMinMax,
                                ScalerKind::kClip}) {
    const Scaler scaler(kind, stats, {.missing = 7.0});
    const Scaler again = Scaler::from_json(scaler.to_json());
    CHECK(again.to_json() == scaler.to_json());
    CHECK(again.fitted_on().count == 4);
    CHECK(!again.fitted_on().leak);
    for (const double value : {-3.0, 0.3, 1e9, std::nan("")}) {
      double here = 0, there = 0;
      scaler.apply(&value, 1, &here, 1);
      again.apply(&value, 1, &there, 1);
      CHECK(here == there);
    }
  }
  for (const char* bad : {"{}", "[1]", "x", R"({"kind":"none","center":[],"scale":[],"low":[],"high":[],"fitted_on":{"split":"train","field":"x","count":1}})"})
    CHECK(test::code_of([&] { (void)Scaler::from_json(bad); }) == ErrorCode::kCorrupt);
}

TEST_CASE("scaling in a build is scaling by the statistics of the same build without it") {
  const test::Scratch scratch;
  (void)run_build(table_options(scratch, ""));
  const Dataset plain = Dataset::open(scratch / "out-", "train");
  const Dataset plain_val = Dataset::open(scratch / "out-", "val");
  CHECK(test::code_of([&] { (void)applied_scaler(plain, "features"); }) == ErrorCode::kNotFound);
  const FieldStats stats = fit_stats(plain, "features", {.quantiles = {0.1, 0.25, 0.5, 0.75}});
  for (const auto& [name, kind, options] :
       {std::tuple{"standard", ScalerKind::kStandard, ScalerOptions{}},
        {"robust", ScalerKind::kRobust, ScalerOptions{}},
        {"minmax:-2:3", ScalerKind::kMinMax, ScalerOptions{.from = -2, .to = 3}},
        {"clip:0.1:0.75", ScalerKind::kClip, ScalerOptions{.low = 0.1, .high = 0.75}}}) {
    CAPTURE(name);
    (void)run_build(table_options(scratch, name));
    const Scaler expected(kind, stats, options);
    const Dataset scaled = Dataset::open(scratch / ("out-" + std::string(name)), "val");
    const Scaler applied = applied_scaler(scaled, "features");
    CHECK(applied.fitted_on().split == "train");
    CHECK(applied.fitted_on().count == plain.size());
    REQUIRE(scaled.size() == plain_val.size());
    for (std::uint64_t i = 0; i < scaled.size(); ++i) {
      const Sample before = plain_val.at(i), after = scaled.at(i);
      const auto in = before["features"].as<double>();
      const auto out = after["features"].as<double>();
      double row[2], back[2];
      expected.apply(in.data(), 1, row, 1);
      REQUIRE(out[0] == row[0]);
      REQUIRE(out[1] == row[1]);
      applied.inverse(out.data(), 1, back, 1);
      if (kind != ScalerKind::kClip) REQUIRE(back[0] == doctest::Approx(in[0]));
    }
  }
}

TEST_CASE("a table.json that is not the published one is refused") {
  const test::Scratch scratch;
  (void)run_build(table_options(scratch, "standard"));
  const Dataset data = Dataset::open(scratch / "out-standard", "train");
  std::string text = test::slurp(scratch / "out-standard/table.json");
  text[text.find("\"center\"") + 11] ^= 1;
  test::spill(scratch / "out-standard/table.json", text);
  CHECK(test::code_of([&] { (void)applied_scaler(data, "features"); }) == ErrorCode::kCorrupt);
}
