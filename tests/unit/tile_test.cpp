#include "dsprep/tile.h"

#include <doctest/doctest.h>

#include <cstring>

#include "dsprep/image_rows.h"
#include "tests/support/pictures.h"

using namespace dsprep;
using namespace dsprep::test;

namespace {

struct Size {
  std::uint32_t width;
  std::uint32_t height;
};

constexpr Size kSizes[] = {{64, 48}, {65, 49}, {1, 1}, {7, 100}, {31, 16}, {16, 16}, {33, 17}};

// The picture put together again of what its tiles show; how often each pixel was covered.
std::vector<int> coverage(const Size& size, const TileGrid& grid) {
  std::vector<int> seen(std::size_t{size.width} * size.height);
  for (std::uint64_t i = 0; i < grid.size(); ++i) {
    const Tile tile = grid.at(i);
    REQUIRE(tile.x + tile.width <= size.width);
    REQUIRE(tile.y + tile.height <= size.height);
    for (std::uint32_t y = tile.y; y < tile.y + tile.height; ++y)
      for (std::uint32_t x = tile.x; x < tile.x + tile.width; ++x)
        ++seen[std::size_t{y} * size.width + x];
  }
  return seen;
}

}  // namespace

TEST_CASE("pad and shift cover every pixel, drop every pixel that full tiles reach") {
  for (const Size& size : kSizes) {
    for (const std::uint32_t overlap : {0u, 3u, 15u}) {
      for (const TileEdge edge : {TileEdge::kPad, TileEdge::kDrop, TileEdge::kShift}) {
        CAPTURE(size.width);
        CAPTURE(overlap);
        const TileSpec spec{.width = 16, .height = 16, .overlap = overlap, .edge = edge};
        const TileGrid grid(size.width, size.height, spec);
        const std::vector<int> seen = coverage(size, grid);
        const auto missing = std::count(seen.begin(), seen.end(), 0);
        if (edge != TileEdge::kDrop) CHECK(missing == 0);
        for (std::uint64_t i = 0; i < grid.size(); ++i) {
          const Tile tile = grid.at(i);
          const bool full = tile.width == 16 && tile.height == 16;
          if (edge == TileEdge::kDrop) CHECK(full);
          if (edge == TileEdge::kShift) CHECK((full || size.width < 16 || size.height < 16));
        }
        if (edge == TileEdge::kPad && overlap == 0) {
          CHECK(std::count(seen.begin(), seen.end(), 1) == std::ssize(seen));
        }
      }
    }
  }
}

TEST_CASE("tiles stand where they are counted by hand") {
  struct Case {
    TileEdge edge;
    std::uint32_t columns;
    Tile last;
  };
  for (const Case& item : {Case{TileEdge::kPad, 27, {11648, 8512, 352, 488}},
                           Case{TileEdge::kShift, 27, {11488, 8488, 512, 512}},
                           Case{TileEdge::kDrop, 26, {11200, 8064, 512, 512}}}) {
    const TileGrid grid(12000, 9000, {512, 512, 64, item.edge});
    CHECK(grid.columns() == item.columns);
    CHECK(grid.rows() == item.columns - 7);
    CHECK(grid.at(grid.size() - 1) == item.last);
    CHECK(grid.at(1) == Tile{448, 0, 512, 512});
    CHECK(grid.at(item.columns) == Tile{0, 448, 512, 512});
  }
  CHECK(TileGrid(10, 10, {16, 16, 0, TileEdge::kDrop}).size() == 0);
  CHECK(TileGrid(10, 10, {16, 16, 0, TileEdge::kShift}).at(0) == Tile{0, 0, 10, 10});
}

TEST_CASE("tiles that do not move on, and pictures of nothing, are refused") {
  CHECK(class_of([] { TileGrid(10, 10, {0, 5}); }) == "usage");
  CHECK(class_of([] { TileGrid(10, 10, {5, 4, 4}); }) == "usage");
  CHECK(class_of([] { TileGrid(0, 10, {5, 5}); }) == "usage");
  CHECK(tile_edge_from_name("shift") == TileEdge::kShift);
  CHECK(!tile_edge_from_name("mirror"));
}

TEST_CASE("rows read in bands are those of the whole picture") {
  const Image image = noise(75, 61, 3);
  std::vector<std::byte> png;
  encode_png(image, png);
  const std::vector<std::byte> pictures[] = {
      png,
      png_of(image, {.interlaced = true}),
      jpeg_of(image),
      jpeg_of(image, {.h = 1, .v = 2}),
      jpeg_of(image, {.progressive = true}),
      jpeg_of(image, {.app1 = exif_block(6)}),
      jpeg_of(noise(75, 61, 1), {}),
  };
  for (const std::vector<std::byte>& bytes : pictures) {
    for (const ColorMode color : {ColorMode::kRgb, ColorMode::kGray}) {
      const Image whole = decode_image(bytes, {.color = color});
      for (const std::uint32_t band : {1u, 7u, 16u, 1000u}) {
        CAPTURE(band);
        ImageRows rows(bytes, {.color = color});
        REQUIRE(rows.width() == whole.width);
        REQUIRE(rows.height() == whole.height);
        REQUIRE(rows.channels() == whole.channels);
        Image copy;
        copy.reshape(whole.width, whole.height, whole.channels);
        while (rows.next_row() < rows.height()) {
          const std::uint32_t count = std::min(band, rows.height() - rows.next_row());
          rows.read({copy.row(rows.next_row()), count * rows.row_bytes()});
        }
        CHECK(largest_difference(copy, whole) == 0);
      }
    }
  }
}

TEST_CASE("damage at the end of a picture is found by its last row") {
  const Image image = noise(75, 61, 3);
  std::vector<std::byte> png;
  encode_png(image, png);
  png[png.size() - 30] ^= std::byte{1};  // in the last IDAT or its checksum
  std::vector<std::uint8_t> out(image.pixels.size());
  CHECK(class_of([&] { ImageRows(png).read(out); }) == "corrupt");
  const std::vector<std::byte> jpeg = jpeg_of(image);
  ImageRows rows(jpeg);
  CHECK(class_of([&] { rows.read({out.data(), 10}); }) == "usage");
  rows.read(out);
  CHECK(class_of([&] { rows.read({out.data(), rows.row_bytes()}); }) == "usage");
}

TEST_CASE("with lenient, lost pixels are counted") {
  const std::vector<std::byte> good = jpeg_of(noise(200, 150, 3), {.restart = 5});
  std::vector<std::byte> half(good.begin(), good.begin() + std::ssize(good) / 2);
  Image image;
  CHECK(class_of([&] { ImageDecoder().decode(half, {}, image); }) == "truncated");
  const ImageInfo info = ImageDecoder().decode(half, {.limits = {.lenient = true}}, image);
  CHECK(info.losses > 0);
  CHECK(image.height == 150);
  CHECK(ImageDecoder().decode(good, {.limits = {.lenient = true}}, image).losses == 0);
}
