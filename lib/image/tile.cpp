#include "dsprep/tile.h"

#include <algorithm>

#include "dsprep/error.h"

namespace dsprep {
namespace {

constexpr std::string_view kEdgeNames[] = {"pad", "drop", "shift"};

// Tiles along one axis. With drop those that are full, else as many as cover all of it.
std::uint32_t count(std::uint32_t side, std::uint32_t tile, const TileSpec& spec) noexcept {
  const std::uint32_t step = tile - spec.overlap;
  if (side < tile) return spec.edge == TileEdge::kDrop ? 0 : 1;
  const std::uint32_t behind_first = side - tile;
  const bool rest = spec.edge != TileEdge::kDrop && behind_first % step != 0;
  return behind_first / step + (rest ? 2 : 1);
}

}  // namespace

std::string_view tile_edge_name(TileEdge edge) noexcept {
  return kEdgeNames[static_cast<std::size_t>(edge)];
}

std::optional<TileEdge> tile_edge_from_name(std::string_view name) noexcept {
  const auto* found = std::ranges::find(kEdgeNames, name);
  if (found == std::end(kEdgeNames)) return std::nullopt;
  return static_cast<TileEdge>(found - std::begin(kEdgeNames));
}

void TileSpec::validate() const {
  if (width == 0 || height == 0) {
    throw Error(ErrorCode::kUsage, "tiles need sides of at least 1");
  }
  if (overlap >= width || overlap >= height) {
    throw Error(ErrorCode::kUsage, "tiles cannot overlap by all of their width or height");
  }
}

TileGrid::TileGrid(std::uint32_t width, std::uint32_t height, const TileSpec& spec)
    : spec_(spec), width_(width), height_(height) {
  spec.validate();
  if (width == 0 || height == 0) throw Error(ErrorCode::kUsage, "a picture without pixels to cut");
  columns_ = count(width, spec.width, spec);
  rows_ = count(height, spec.height, spec);
}

std::uint32_t TileGrid::start(std::uint32_t index, std::uint32_t side,
                              std::uint32_t tile) const noexcept {
  const std::uint32_t begin = index * (tile - spec_.overlap);
  if (spec_.edge != TileEdge::kShift || side < tile) return begin;
  return std::min(begin, side - tile);
}

Tile TileGrid::at(std::uint64_t index) const noexcept {
  Tile result;
  result.x = start(static_cast<std::uint32_t>(index % columns_), width_, spec_.width);
  result.y = start(static_cast<std::uint32_t>(index / columns_), height_, spec_.height);
  result.width = std::min(spec_.width, width_ - result.x);
  result.height = std::min(spec_.height, height_ - result.y);
  return result;
}

}  // namespace dsprep
