// cut_tile: a tile's pixels out of a picture's rows.
#pragma once

#include "dsprep/image.h"
#include "dsprep/tile.h"

namespace dsprep {

/// Fills `out` with spec.width x spec.height pixels: those of the tile, whose first row is `row`
/// (all columns of the picture, `row_bytes` from one to the next), and `background` where the
/// picture has none.
void cut_tile(const std::uint8_t* row, std::size_t row_bytes, std::uint32_t channels,
              const Tile& tile, const TileSpec& spec, const Rgb& background, Image& out);

}  // namespace dsprep
