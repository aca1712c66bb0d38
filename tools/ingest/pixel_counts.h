// PixelCounts: the pixels of train's pictures, counted while they are written, so that nobody has
// to decode them again for statistics. A value.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "lib/stats/pixel_counter.h"

namespace dsprep {

struct PixelCounts {
  std::uint64_t samples = 0;             ///< whose pixels are counted; 0: none, and no channels
  std::vector<PixelHistogram> channels;  ///< as readers get them

  void add(const PixelCounts& other);
};

nlohmann::json to_json(const PixelCounts& counts);
/// Throws nlohmann::json::exception.
PixelCounts pixel_counts_from_json(const nlohmann::json& in);

}  // namespace dsprep
