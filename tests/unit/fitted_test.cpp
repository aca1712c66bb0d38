#include "dsprep/fitted.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "dsprep/error.h"
#include "dsprep/loader.h"
#include "support/scratch.h"
#include "support/small_dataset.h"

using namespace dsprep;
using namespace dsprep::test;

namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

// Two features: 1, 2, 3, 6, and four times 5.
FieldStats two_features() {
  FieldStats stats;
  stats.field = "x";
  stats.split = "train";
  NumberStats varied{.count = 4, .mean = 3, .std = std::sqrt(14.0 / 3), .min = 1, .max = 6};
  varied.quantiles = {{0.25, 1.75}, {0.5, 2.5}, {0.75, 3.75}};
  NumberStats constant{.count = 4, .mean = 5, .std = 0, .min = 5, .max = 5};
  constant.quantiles = {{0.25, 5}, {0.5, 5}, {0.75, 5}};
  stats.features = {{"a", varied}, {"b", constant}};
  return stats;
}

std::vector<double> applied(const Scaler& scaler, std::vector<double> row) {
  std::vector<double> out(row.size());
  scaler.apply(row.data(), 1, out.data(), 1);
  return out;
}

template <class Action>
ErrorCode code_of(Action action) {
  try {
    action();
  } catch (const Error& error) {
    return error.code();
  }
  return ErrorCode::kInternal;
}

}  // namespace

TEST_CASE("scalers are scikit-learn's formulas, and a feature that does not vary is only moved") {
  const FieldStats stats = two_features();
  const double deviation = std::sqrt(14.0 / 3);
  CHECK(applied(Scaler(ScalerKind::kStandard, stats), {6, 7}) ==
        std::vector<double>{3 / deviation, 2});
  const auto biased = applied(Scaler(ScalerKind::kStandard, stats, {.biased = true}), {6, 7});
  CHECK(biased[0] == doctest::Approx(3 / std::sqrt(14.0 / 4)));
  CHECK(applied(Scaler(ScalerKind::kStandard, stats, {.epsilon = 1}), {6, 7})[1] == 2);
  CHECK(applied(Scaler(ScalerKind::kRobust, stats), {6.5, 7}) == std::vector<double>{2, 2});
  CHECK(applied(Scaler(ScalerKind::kMinMax, stats), {6, 5}) == std::vector<double>{1, 0});
  const Scaler wide(ScalerKind::kMinMax, stats, {.from = -1, .to = 1, .clip = true});
  CHECK(applied(wide, {1, 5})[0] == -1);
  CHECK(applied(wide, {100, 5})[0] == 1);
  CHECK(applied(Scaler(ScalerKind::kClip, stats), {0, 9}) == std::vector<double>{1.75, 5});
  CHECK(applied(Scaler(ScalerKind::kStandard, stats, {.limit = 1}), {100, 5})[0] == 1);
}

TEST_CASE("missing values stay missing, or become what the options say") {
  const FieldStats stats = two_features();
  CHECK(std::isnan(applied(Scaler(ScalerKind::kRobust, stats), {kNan, 5})[0]));
  CHECK(applied(Scaler(ScalerKind::kRobust, stats, {.missing = 0}), {kNan, 5})[0] == 0);
  CHECK(std::isnan(applied(Scaler(ScalerKind::kClip, stats), {kNan, 5})[0]));
}

TEST_CASE("inverse gives back what was scaled, with strides and in place") {
  const FieldStats stats = two_features();
  for (const ScalerKind kind : {ScalerKind::kStandard, ScalerKind::kRobust, ScalerKind::kMinMax}) {
    const Scaler scaler(kind, stats);
    float row[] = {4, -1, 9, -1};  // features two elements apart
    scaler.apply(row, 2, row, 2);
    CHECK(row[1] == -1);
    CHECK(row[0] != 4);
    scaler.inverse(row, 2, row, 2);
    CHECK(row[0] == doctest::Approx(4));
    CHECK(row[2] == doctest::Approx(9));
  }
}

TEST_CASE("rows of any dtype are scaled as one value is") {
  const Scaler scaler(ScalerKind::kStandard, two_features());
  const std::int16_t rows[] = {-3, 5, 300, 6, 7, 8};
  float out[6];
  scaler.apply_rows(DType::kInt16, std::as_bytes(std::span(rows)).data(), out, 3);
  for (std::size_t i = 0; i < 6; i += 2) {
    const auto expected = applied(scaler, {double(rows[i]), double(rows[i + 1])});
    CHECK(out[i] == static_cast<float>(expected[0]));
    CHECK(out[i + 1] == static_cast<float>(expected[1]));
  }
}

TEST_CASE("a scaler refuses what it cannot be fitted on") {
  const FieldStats stats = two_features();
  CHECK(code_of([] { Scaler(ScalerKind::kStandard, FieldStats{}); }) == ErrorCode::kUsage);
  CHECK(code_of([&] { Scaler(ScalerKind::kRobust, stats, {.low = 0.1}); }) == ErrorCode::kUsage);
  CHECK(code_of([&] { Scaler(ScalerKind::kMinMax, stats, {.from = 1, .to = 1}); }) ==
        ErrorCode::kUsage);
  FieldStats empty = stats;
  empty.features[1].numbers = {};
  CHECK(code_of([&] { Scaler(ScalerKind::kStandard, empty); }) == ErrorCode::kUsage);
}

TEST_CASE("categories become ordinals, embedding rows and one-hot rows, unknown ones as agreed") {
  FieldStats stats;
  stats.field = "colour";
  stats.split = "train";
  stats.categories = {{"blue", 2}, {"green", 1}, {"red", 7}};
  const CategoryIndex ordinal(stats);
  CHECK(ordinal.index("green") == 1);
  CHECK(ordinal.value(2) == "red");
  CHECK(!ordinal.value(3));
  CHECK(ordinal.size() == 3);
  CHECK(code_of([&] { (void)ordinal.index("grey"); }) == ErrorCode::kUsage);
  const CategoryIndex embedding = CategoryIndex::embedding(stats);
  CHECK(embedding.size() == 4);
  CHECK(embedding.index("blue") == 1);
  CHECK(embedding.index("grey") == 0);
  CHECK(!embedding.value(0));
  float row[3] = {9, 9, 9};
  embedding.one_hot("red", row);
  CHECK(std::vector<float>(row, row + 3) == std::vector<float>{0, 0, 1});
  embedding.one_hot("grey", row);
  CHECK(std::vector<float>(row, row + 3) == std::vector<float>{0, 0, 0});
  CHECK(code_of([&] { CategoryIndex(stats, {0, 1}); }) == ErrorCode::kUsage);
}

TEST_CASE("labels weigh as scikit-learn's balanced class weights") {
  FieldStats stats;
  stats.labels = {{0, 8}, {1, 2}};
  CHECK(balanced_weights(stats) == std::map<std::int64_t, double>{{0, 0.625}, {1, 2.5}});
}

TEST_CASE("stats.json gives back what was fitted, and only for its dataset and for train") {
  const Scratch scratch;
  make_small_dataset(scratch / "a", Container::kMemmap);
  make_small_dataset(scratch / "b", Container::kMemmap, {{"train", {4}}});
  const Dataset a = Dataset::open(scratch / "a", "train");
  const Dataset b = Dataset::open(scratch / "b", "train");
  std::vector<FieldStats> all;
  for (const char* field : {"image", "label", "tokens"})
    all.push_back(fit_stats(a, field, {.bins = 5, .jobs = 2}));
  CHECK(code_of([&] { load_stats(a, "image"); }) == ErrorCode::kNotFound);
  save_stats(scratch / "a", all);
  for (const FieldStats& stats : all)
    CHECK(stats_to_json(load_stats(a, stats.field)) == stats_to_json(stats));
  CHECK(code_of([&] { load_stats(a, "none"); }) == ErrorCode::kNotFound);
  CHECK(code_of([&] { load_stats(scratch / "a", b, "image"); }) == ErrorCode::kVersion);
  CHECK(load_stats(scratch / "a", b, "image", {.allow_other_dataset = true}).samples == a.size());

  const Dataset val = Dataset::open(scratch / "a", "val");
  all = {fit_stats(val, "label", {.allow_leak = true})};
  save_stats(scratch / "a", all);
  CHECK(code_of([&] { load_stats(a, "label"); }) == ErrorCode::kUsage);
  CHECK(load_stats(a, "label", {.allow_leak = true}).leak);
  CHECK(load_stats(a, "image").split == "train");

  std::string text = slurp(scratch / "a" / "stats.json");
  text[text.size() / 2] = static_cast<char>(text[text.size() / 2] ^ 1);
  spill(scratch / "a" / "stats.json", text);
  CHECK(code_of([&] { load_stats(a, "image"); }) == ErrorCode::kCorrupt);
}

TEST_CASE("fitted transforms fill the loader's batches") {
  const Scratch scratch;
  make_small_dataset(scratch.path(), Container::kMemmap);
  const Dataset train = Dataset::open(scratch.path(), "train");
  const FieldStats tokens = fit_stats(train, "tokens");
  const FieldStats labels = fit_stats(train, "label");
  const Scaler scaler(ScalerKind::kMinMax, tokens);
  Loader loader(train,
                {.batch_size = 2,
                 .transform = {scale(scaler, "tokens"), one_hot(CategoryIndex(labels), "label")}});
  float least = 1, greatest = 0;
  std::uint64_t row = 0;
  for (Batch batch : loader.epoch(0)) {
    for (const float value : batch["tokens"].as<float>()) {
      least = std::min(least, value);
      greatest = std::max(greatest, value);
    }
    const auto hot = batch["label"].as<float>();
    CHECK(hot.size() == 4);
    for (std::size_t i = 0; i < 4; i += 2, ++row) CHECK(hot[i] + hot[i + 1] == 1);
  }
  CHECK(row == train.size());
  CHECK(least == 0);
  CHECK(greatest == 1);
}

TEST_CASE("tokens are counted in any split, and unknown ones told apart") {
  const Scratch scratch;
  make_small_dataset(scratch.path(), Container::kMemmap);
  const Dataset val = Dataset::open(scratch.path(), "val");
  std::uint64_t ids = 0, unknown = 0, wanted = 0;
  for (std::uint64_t number = 0; number < val.size(); ++number) {
    const SmallSample sample = small_sample("val", number);
    if (!sample.tokens.empty()) wanted = sample.tokens.front();
  }
  for (std::uint64_t number = 0; number < val.size(); ++number) {
    for (const auto token : small_sample("val", number).tokens) {
      ++ids;
      unknown += token == wanted ? 1 : 0;
    }
  }
  const TokenCounts counts = count_tokens(val, "tokens", wanted, 2);
  CHECK(counts.ids == ids);
  CHECK(counts.unknown == unknown);
  CHECK(counts.lengths.count == val.size());
  CHECK(count_tokens(val, "tokens", std::nullopt).unknown == 0);
  CHECK(count_tokens(val, "tokens", std::uint64_t{1} << 40).unknown == 0);
}

TEST_CASE("the norm of pictures is their mean and deviation, of values from 0 to 1") {
  FieldStats stats;
  stats.field = "image";
  for (const double mean : {51.0, 102.0, 127.5})
    stats.channels.push_back({NumberStats{.count = 9, .mean = mean, .std = 25.5}, {}});
  const NormalizeOptions norm = image_normalization(stats);
  CHECK(norm.mean[1] == doctest::Approx(0.4));
  CHECK(norm.deviation[2] == doctest::Approx(0.1));
  stats.channels[0].numbers.std = 0;
  CHECK(code_of([&] { image_normalization(stats); }) == ErrorCode::kUsage);
}
