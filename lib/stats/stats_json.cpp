#include "lib/stats/stats_json.h"

#include <cmath>
#include <limits>
#include <map>

namespace dsprep {
namespace {

using nlohmann::json;

constexpr double kExactIntegers = 9007199254740992;  // 2^53

// Whole numbers without ".0".
json plain(double value) {
  if (std::trunc(value) == value && std::abs(value) < kExactIntegers)
    return static_cast<std::int64_t>(value);
  return value;
}

// JSON has no NaN; null stands for it.
double real(const json& value) {
  return value.is_null() ? std::numeric_limits<double>::quiet_NaN() : value.get<double>();
}

json to_json(const NumberStats& numbers) {
  json out = {{"count", numbers.count}, {"mean", numbers.mean}, {"std", numbers.std}};
  out["min"] = plain(numbers.min);
  out["max"] = plain(numbers.max);
  if (numbers.missing != 0) out["missing"] = numbers.missing;
  if (numbers.infinite != 0) out["infinite"] = numbers.infinite;
  for (const Quantile& quantile : numbers.quantiles)
    out["quantiles"].push_back({{"q", quantile.q}, {"value", quantile.value}});
  if (numbers.histogram) {
    out["bins"] = {{"min", numbers.histogram->min},
                   {"max", numbers.histogram->max},
                   {"counts", numbers.histogram->counts}};
  }
  return out;
}

NumberStats numbers_from(const json& in) {
  NumberStats out;
  out.count = in.at("count");
  out.mean = real(in.at("mean"));
  out.std = real(in.at("std"));
  out.min = real(in.at("min"));
  out.max = real(in.at("max"));
  out.missing = in.value("missing", std::uint64_t{0});
  out.infinite = in.value("infinite", std::uint64_t{0});
  for (const json& entry : in.value("quantiles", json::array()))
    out.quantiles.push_back({entry.at("q"), real(entry.at("value"))});
  if (in.contains("bins")) {
    const json& bins = in["bins"];
    out.histogram = Histogram{real(bins.at("min")), real(bins.at("max")), bins.at("counts")};
  }
  return out;
}

json to_json(const FittedScaler& scaler) {
  return {{"kind", scaler.kind}, {"center", scaler.center}, {"scale", scaler.scale}};
}

// Text that is not UTF-8 cannot stand in JSON; its bytes do, in hexadecimal.
bool is_json_text(const std::string& text) {
  try {
    (void)json(text).dump();
    return true;
  } catch (const json::exception&) {
    return false;
  }
}

std::string hex(const std::string& bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    out += {kDigits[byte >> 4], kDigits[byte & 15]};
  }
  return out;
}

json to_json(const Category& category) {
  json out = {{"count", category.count}};
  if (is_json_text(category.value)) {
    out["value"] = category.value;
  } else {
    out["bytes"] = hex(category.value);
  }
  return out;
}

Category category_from(const json& in) {
  Category out{in.value("value", std::string()), in.at("count")};
  if (!in.contains("bytes")) return out;
  const std::string digits = in["bytes"];
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2)
    out.value += static_cast<char>(std::stoi(digits.substr(i, 2), nullptr, 16));
  return out;
}

}  // namespace

json stats_json(const FieldStats& stats) {
  json out = {{"split", stats.split},
              {"per", stats_per_name(stats.per)},
              {"leak", stats.leak},
              {"samples", stats.samples}};
  for (const ChannelStats& channel : stats.channels) {
    json entry = to_json(channel.numbers);
    entry["histogram"] = channel.histogram;
    out["channels"].push_back(std::move(entry));
  }
  for (const FeatureStats& feature : stats.features) {
    json entry = to_json(feature.numbers);
    entry["name"] = feature.name;
    out["features"].push_back(std::move(entry));
  }
  if (stats.values) out["values"] = to_json(*stats.values);
  if (stats.lengths) out["lengths"] = to_json(*stats.lengths);
  std::map<std::int64_t, double> weights;
  if (stats.labels.size() > 1) weights = balanced_weights(stats);
  for (const auto& [label, count] : stats.labels) {
    out["labels"].push_back({{"label", label}, {"count", count}});
    if (!weights.empty()) out["labels"].back()["weight"] = weights.at(label);
  }
  if (stats.per == StatsPer::kCategory) {
    out["unknown"] = stats.unknown;
    out["categories"] = json::array();
  }
  for (const Category& category : stats.categories) out["categories"].push_back(to_json(category));
  if (stats.scaler) out["scaler"] = to_json(*stats.scaler);
  return out;
}

FieldStats stats_from_json(const json& in) {
  FieldStats out;
  out.split = in.at("split");
  const auto per = stats_per_from_name(in.at("per").get<std::string>());
  if (!per) throw json::other_error::create(501, "unknown 'per'", &in);
  out.per = *per;
  out.leak = in.at("leak");
  out.samples = in.at("samples");
  for (const json& entry : in.value("channels", json::array()))
    out.channels.push_back({numbers_from(entry), entry.at("histogram")});
  for (const json& entry : in.value("features", json::array()))
    out.features.push_back({entry.at("name"), numbers_from(entry)});
  if (in.contains("values")) out.values = numbers_from(in["values"]);
  if (in.contains("lengths")) out.lengths = numbers_from(in["lengths"]);
  for (const json& entry : in.value("labels", json::array()))
    out.labels[entry.at("label")] = entry.at("count");
  out.unknown = in.value("unknown", std::uint64_t{0});
  for (const json& entry : in.value("categories", json::array()))
    out.categories.push_back(category_from(entry));
  if (in.contains("scaler")) {
    const json& scaler = in["scaler"];
    out.scaler = FittedScaler{scaler.at("kind"), scaler.at("center"), scaler.at("scale")};
  }
  return out;
}

std::string stats_to_json(const FieldStats& stats) {
  json out = stats_json(stats);
  out["field"] = stats.field;
  out["dataset"] = to_hex(stats.dataset);
  return out.dump();
}

}  // namespace dsprep
