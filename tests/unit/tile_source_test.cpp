// Rows of tiles in parts: what one piece holds is bounded, and the tiles are the picture's.
#include "tools/ingest/tile_source.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <thread>

#include "support/pictures.h"
#include "tools/ingest/cut_tile.h"

using namespace dsprep;

namespace {

InputBytes png_input(const Image& image) { return {test::png_of(image), FileStat{}}; }

// Every tile of `part`, compared with the picture.
void check_tiles(const TileSource& source, std::uint64_t part, const Band& band,
                 const TileSpec& spec, const Image& picture, std::uint64_t& seen) {
  Image tile;
  for (std::uint32_t c = source.columns_of(part).begin; c < source.columns_of(part).end; ++c) {
    const Tile place =
        source.grid().at(std::uint64_t{source.row_of(part)} * source.grid().columns() + c);
    CHECK(band.first == place.y);
    cut_tile(band.pixels.data(), picture.row_bytes(), 3, place, spec, {}, tile);
    for (std::uint32_t y = 0; y < place.height; ++y) {
      const std::uint8_t* row = picture.row(place.y + y) + std::size_t{place.x} * 3;
      CHECK(std::equal(row, row + std::size_t{place.width} * 3, tile.row(y)));
    }
    ++seen;
  }
}

}  // namespace

TEST_CASE(
    "a row of large raw tiles is handed out in parts, one of tiles to be encoded as a whole") {
  const Image picture = test::noise(2500, 900, 3);
  const TileSpec spec{.width = 700, .height = 500, .overlap = 20, .edge = TileEdge::kShift};
  TileSource source(png_input(picture), spec, {}, true, TilePart::kSome);
  CHECK(source.grid().columns() == 4);
  CHECK(source.parts == 4);  // 700 x 500 x 3 is 1 MiB and a bit: three tiles a part
  std::uint64_t seen = 0;
  for (std::uint64_t part = 0; part < source.parts; ++part) {
    const auto band = source.read(part);
    REQUIRE(band != nullptr);
    check_tiles(source, part, *band, spec, picture, seen);
  }
  CHECK(seen == source.grid().size());
  CHECK(TileSource(png_input(picture), spec, {}, true, TilePart::kRow).parts == 2);
}

TEST_CASE("small tiles are cut a row at a time") {
  const Image picture = test::noise(300, 90, 3);
  TileSource source(png_input(picture), {.width = 30, .height = 30}, {}, false, TilePart::kSome);
  CHECK(source.parts == 3);
  CHECK(source.columns_of(1).end == 10);
}

TEST_CASE("several threads take the parts in their turns, and a band stays as long as one cuts") {
  const Image picture = test::noise(2500, 1700, 3);
  const TileSpec spec{.width = 700, .height = 400};
  TileSource source(png_input(picture), spec, {}, false, TilePart::kSome);
  std::vector<std::uint64_t> seen(3);
  {
    std::vector<std::jthread> threads;
    for (std::uint64_t t = 0; t < seen.size(); ++t) {
      threads.emplace_back([&, t] {
        for (std::uint64_t part = t; part < source.parts; part += seen.size()) {
          const auto band = source.read(part);
          if (band) check_tiles(source, part, *band, spec, picture, seen[t]);
        }
      });
    }
  }
  CHECK(seen[0] + seen[1] + seen[2] == source.grid().size());
}

TEST_CASE("a damaged picture ends at the part that meets the damage") {
  std::vector<std::byte> bytes = test::png_of(test::noise(2500, 900, 3));
  bytes[bytes.size() - 100] ^= std::byte{1};
  TileSource source({std::move(bytes), FileStat{}}, {.width = 700, .height = 500}, {}, false,
                    TilePart::kSome);
  CHECK(source.read(0) != nullptr);
  CHECK(source.read(1) != nullptr);
  CHECK(test::class_of([&] { (void)source.read(2); }) == "corrupt");
  CHECK(source.read(3) == nullptr);
}
