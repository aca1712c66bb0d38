#include "tools/ingest/cut_tile.h"

#include <cstring>

namespace dsprep {
namespace {

void fill(const Rgb& color, Image& out) {
  // Luma of BT.601 in fixed point, as everywhere where gray is made of a colour.
  const auto gray = static_cast<std::uint8_t>(
      (color[0] * 19595U + color[1] * 38470U + color[2] * 7471U + 32768U) >> 16);
  for (std::size_t i = 0; i < out.pixels.size(); ++i)
    out.pixels[i] = out.channels == 1 ? gray : color[i % 3];
}

}  // namespace

void cut_tile(const std::uint8_t* row, std::size_t row_bytes, std::uint32_t channels,
              const Tile& tile, const TileSpec& spec, const Rgb& background, Image& out) {
  out.reshape(spec.width, spec.height, channels);
  if (tile.width < spec.width || tile.height < spec.height) fill(background, out);
  const std::size_t left = std::size_t{tile.x} * channels;
  for (std::uint32_t y = 0; y < tile.height; ++y, row += row_bytes)
    std::memcpy(out.row(y), row + left, std::size_t{tile.width} * channels);
}

}  // namespace dsprep
