// The triangles that gather the frequencies of a transform into bands.
#pragma once

#include <cstddef>
#include <vector>

#include "dsprep/log_mel.h"

namespace dsprep {

/// One band: its weights from bin `first` on; all others are 0.
struct MelFilter {
  std::size_t first = 0;
  std::vector<double> weights;
};

/// Corners at equal distances on the scale from low_hz to high_hz; a band goes up from one corner to
/// the next and down to the one behind it. Requires: options that are resolved and valid. Throws
/// kUsage where a band falls between two bins.
std::vector<MelFilter> mel_filters(const MelOptions& options);

}  // namespace dsprep
