#include "tools/ingest/pixel_counts.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace dsprep {

void PixelCounts::add(const PixelCounts& other) {
  samples += other.samples;
  channels.resize(std::max(channels.size(), other.channels.size()));
  for (std::size_t c = 0; c < other.channels.size(); ++c) {
    for (std::size_t v = 0; v < other.channels[c].size(); ++v)
      channels[c][v] += other.channels[c][v];
  }
}

nlohmann::json to_json(const PixelCounts& counts) {
  return {{"samples", counts.samples}, {"channels", counts.channels}};
}

PixelCounts pixel_counts_from_json(const nlohmann::json& in) {
  return {in.at("samples"), in.at("channels").get<std::vector<PixelHistogram>>()};
}

}  // namespace dsprep
