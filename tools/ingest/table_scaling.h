// What --scale says: which fields of a table are scaled by what train has taught.
//
//   SPEC := ITEM (',' ITEM)*
//   ITEM := [FIELD '='] KIND         without FIELD: every field of floats that no other item names
//   KIND := standard | robust[:LOW:HIGH] | minmax[:FROM:TO] | clip:LOW:HIGH
//
// LOW and HIGH are quantiles, from 0 to 1 (robust: 0.25 and 0.75).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "dsprep/fitted.h"

namespace dsprep {

struct ScaleItem {
  std::string field;  ///< empty: all others
  ScalerKind kind = ScalerKind::kStandard;
  ScalerOptions options = {};

  /// The quantiles that its scaler needs.
  std::vector<double> quantiles() const;
};

/// Throws kUsage that shows the item at fault. An empty text has no items.
std::vector<ScaleItem> parse_scale(std::string_view spec);

}  // namespace dsprep
