// FieldStats as JSON and back.
#pragma once

#include "dsprep/stats.h"
#include "formats/common/json.h"

namespace dsprep {

/// Without field and dataset, which stats.json says once.
nlohmann::json stats_json(const FieldStats& stats);
/// Throws nlohmann::json::exception where a key is missing or of another type.
FieldStats stats_from_json(const nlohmann::json& json);

}  // namespace dsprep
