// Tiles: where a large picture is cut. Pure integer functions and value types: any number of
// threads. The pixels come row by row from ImageRows (dsprep/image_rows.h).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace dsprep {

/// What happens at the right and the bottom, where the picture is no multiple of the tiles.
enum class TileEdge : std::uint8_t {
  kPad,    ///< the last tile begins where its turn is, and the background fills what is missing
  kDrop,   ///< tiles that are not full are left out
  kShift,  ///< the last tile begins so that it ends with the picture
};

std::string_view tile_edge_name(TileEdge edge) noexcept;  ///< "pad", "drop", "shift"
std::optional<TileEdge> tile_edge_from_name(std::string_view name) noexcept;

struct TileSpec {
  std::uint32_t width = 0;  ///< of every tile, in pixels
  std::uint32_t height = 0;
  std::uint32_t overlap = 0;  ///< columns and rows that neighbours share
  TileEdge edge = TileEdge::kPad;

  /// Throws kUsage: sides of at least 1, an overlap smaller than both.
  void validate() const;
};

/// What of the picture a tile shows. Where the picture ends (kPad; kShift in a picture smaller
/// than a tile) this is less than the tile's own size: the rest is background, right and below.
struct Tile {
  std::uint32_t x = 0;
  std::uint32_t y = 0;
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  friend bool operator==(const Tile&, const Tile&) = default;
};

/// The tiles of one picture, numbered row by row. Computed, not stored.
class TileGrid {
 public:
  /// The picture's size upright. Throws kUsage as TileSpec::validate, and for a picture without
  /// pixels.
  TileGrid(std::uint32_t width, std::uint32_t height, const TileSpec& spec);

  std::uint32_t columns() const noexcept { return columns_; }
  std::uint32_t rows() const noexcept { return rows_; }
  /// 0 where kDrop leaves nothing of a small picture.
  std::uint64_t size() const noexcept { return std::uint64_t{columns_} * rows_; }
  /// Requires: index < size().
  Tile at(std::uint64_t index) const noexcept;
  const TileSpec& spec() const noexcept { return spec_; }

 private:
  std::uint32_t start(std::uint32_t index, std::uint32_t side, std::uint32_t tile) const noexcept;

  TileSpec spec_;
  std::uint32_t width_;
  std::uint32_t height_;
  std::uint32_t columns_;
  std::uint32_t rows_;
};

}  // namespace dsprep
