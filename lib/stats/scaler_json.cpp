// Scalers as JSON, and those that a build has applied.
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "dsprep/checksum.h"
#include "dsprep/error.h"
#include "dsprep/fitted.h"
#include "formats/common/bytes.h"
#include "formats/common/file.h"
#include "formats/common/json.h"

namespace dsprep {
namespace {

using nlohmann::json;

constexpr const char* kTableName = "table.json";
constexpr double kInfinity = std::numeric_limits<double>::infinity();

// JSON has no infinities: null is no limit.
json limits_to_json(const std::vector<double>& limits) {
  json out = json::array();
  for (const double limit : limits) out.push_back(std::isinf(limit) ? json() : json(limit));
  return out;
}

std::vector<double> limits_from_json(const json& in, double none) {
  std::vector<double> out;
  for (const json& limit : in) out.push_back(limit.is_null() ? none : limit.get<double>());
  return out;
}

}  // namespace

std::string Scaler::to_json() const {
  json out = {{"kind", scaler_name(kind_)},
              {"center", center_},
              {"scale", scale_},
              {"low", limits_to_json(low_)},
              {"high", limits_to_json(high_)},
              {"fitted_on",
               {{"split", fitted_on_.split},
                {"field", fitted_on_.field},
                {"count", fitted_on_.count}}}};
  if (!std::isnan(missing_)) out["missing"] = missing_;
  return out.dump();
}

Scaler Scaler::from_json(std::string_view text) {
  Scaler scaler;
  read_json(text, {}, [&](const json& in) {
    const auto kind = scaler_from_name(in.at("kind").get<std::string>());
    scaler.center_ = in.at("center").get<std::vector<double>>();
    scaler.scale_ = in.at("scale").get<std::vector<double>>();
    scaler.low_ = limits_from_json(in.at("low"), -kInfinity);
    scaler.high_ = limits_from_json(in.at("high"), kInfinity);
    scaler.missing_ = in.value("missing", std::numeric_limits<double>::quiet_NaN());
    const json& on = in.at("fitted_on");
    scaler.fitted_on_ = {.dataset = {},
                         .split = on.at("split"),
                         .field = on.at("field"),
                         .count = on.at("count"),
                         .leak = on.at("split") != "train"};
    const std::size_t features = scaler.center_.size();
    if (!kind || scaler.scale_.size() != features || scaler.low_.size() != features ||
        scaler.high_.size() != features)
      throw Error(ErrorCode::kCorrupt, "this is no scaler");
    scaler.kind_ = *kind;
  });
  return scaler;
}

Scaler applied_scaler(const Dataset& data, std::string_view field) {
  const std::string path = (data.directory() / kTableName).string();
  const Where where{.file = path, .field = std::string(field)};
  for (const auto& other : data.manifest().others) {
    if (other.name != kTableName) continue;
    const std::string text = read_text(path);
    if (xxh3_128(as_bytes(text)) != other.hash)
      throw Error(ErrorCode::kCorrupt, "is not the file that the build has published", where);
    std::optional<Scaler> found;
    read_json(text, where, [&](const json& table) {
      for (const json& entry : table.at("fields")) {
        if (entry.at("field") == field && entry.contains("scaler"))
          found = Scaler::from_json(entry["scaler"].dump());
      }
    });
    if (!found) break;
    found->fitted_on_.dataset = dataset_digest(data.manifest());
    return *std::move(found);
  }
  throw Error(ErrorCode::kNotFound, "the build has scaled no such field", where,
              "scale it: build-shards --scale");
}

}  // namespace dsprep
