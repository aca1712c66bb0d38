// Pictures cut into tiles by a whole build, and put together again.
#include <doctest/doctest.h>

#include <cstring>
#include <filesystem>
#include <map>

#include "dsprep/dataset.h"
#include "dsprep/image.h"
#include "support/build_support.h"
#include "support/errors.h"
#include "support/pictures.h"

using namespace dsprep;
namespace fs = std::filesystem;

namespace {

void spill(const fs::path& path, const std::vector<std::byte>& bytes) {
  fs::create_directories(path.parent_path());
  test::spill(path, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

BuildOptions tile_options(const fs::path& input, const fs::path& out, TileEdge edge,
                          std::uint32_t overlap) {
  BuildOptions options;
  options.inputs = {input.string()};
  options.out = out;
  options.tile = TileSpec{.width = 32, .height = 24, .overlap = overlap, .edge = edge};
  options.image.encode = ImageEncode::kPng;
  options.progress = ProgressMode::kNone;
  options.force = true;
  return options;
}

// The pictures that the tiles of a dataset show, by the keys of their sources.
std::map<std::string, Image> put_together(const fs::path& directory, const std::string& split) {
  std::map<std::string, Image> pictures;
  const Dataset data = Dataset::open(directory, split);
  for (std::uint64_t i = 0; i < data.size(); ++i) {
    const Sample sample = data.at(i);
    const std::string key = data.key(i);
    const auto x = static_cast<std::uint32_t>(sample["x"].as<std::int64_t>()[0]);
    const auto y = static_cast<std::uint32_t>(sample["y"].as<std::int64_t>()[0]);
    const auto size = sample["source_size"].as<std::int64_t>();
    const std::size_t at = key.rfind('@');
    REQUIRE(key.substr(at) == "@" + std::to_string(x) + "," + std::to_string(y));
    Image& whole = pictures[key.substr(0, at)];
    if (whole.width == 0)
      whole.reshape(static_cast<std::uint32_t>(size[0]), static_cast<std::uint32_t>(size[1]), 3);
    const Image tile = decode_image(sample["image"].bytes);
    REQUIRE(tile.width == 32);
    REQUIRE(tile.height == 24);
    for (std::uint32_t row = 0; row < tile.height && y + row < whole.height; ++row) {
      const std::size_t columns = std::min(tile.width, whole.width - x);
      std::memcpy(whole.row(y + row) + std::size_t{x} * 3, tile.row(row), columns * 3);
    }
  }
  return pictures;
}

}  // namespace

TEST_CASE("tiles put together again are the picture, for any edge that keeps all pixels") {
  const test::Scratch scratch;
  std::map<std::string, Image> sources;
  for (const auto& [width, height] : {std::pair{100u, 75u}, {32u, 24u}, {9u, 130u}, {31u, 23u}}) {
    const std::string key = "cat/" + std::to_string(width) + ".jpg";
    std::vector<std::byte> bytes = test::jpeg_of(test::noise(width, height, 3));
    sources[key] = decode_image(bytes);
    spill(scratch / "in" / key, bytes);
  }
  spill(scratch / "in" / "dog/turned.jpg",
        test::jpeg_of(test::quadrants(80, 50), {.app1 = test::exif_block(6)}));
  sources["dog/turned.jpg"] =
      decode_image(test::jpeg_of(test::quadrants(80, 50), {.app1 = test::exif_block(6)}));
  for (const TileEdge edge : {TileEdge::kPad, TileEdge::kShift}) {
    for (const std::uint32_t overlap : {0u, 7u}) {
      CAPTURE(overlap);
      (void)run_build(tile_options(scratch / "in", scratch / "out", edge, overlap));
      const auto pictures = put_together(scratch / "out", "train");
      REQUIRE(pictures.size() == sources.size());
      for (const auto& [key, image] : pictures) {
        CAPTURE(key);
        CHECK(image.pixels == sources[key].pixels);
      }
    }
  }
}

TEST_CASE("the tiles of one picture stay in one split, and --jobs does not change them") {
  const test::Scratch scratch;
  for (int i = 0; i < 20; ++i) {
    spill(scratch / "in" / (std::to_string(i) + ".png"),
          test::png_of(test::noise(70, 60, 3, static_cast<std::uint32_t>(i))));
  }
  BuildOptions options = tile_options(scratch / "in", scratch / "out", TileEdge::kShift, 4);
  options.split = SplitRule::parse("train=0.5,val=0.5");
  (void)run_build(options);
  const auto expected = test::files_in(scratch / "out");
  const auto train = put_together(scratch / "out", "train");
  const auto val = put_together(scratch / "out", "val");
  CHECK(train.size() + val.size() == 20);
  CHECK(!train.empty());
  for (const auto& [key, image] : val) CHECK(!train.contains(key));
  options.jobs = 3;
  options.out = scratch / "again";
  (void)run_build(options);
  CHECK(test::files_in(options.out) == expected);
}

TEST_CASE("no tile is made of a picture that is damaged further down") {
  const test::Scratch scratch;
  spill(scratch / "in/good.jpg", test::jpeg_of(test::noise(40, 200, 3)));
  std::vector<std::byte> cut = test::jpeg_of(test::noise(40, 400, 3));
  cut.resize(cut.size() * 3 / 4);
  spill(scratch / "in/cut.jpg", cut);
  BuildOptions options = tile_options(scratch / "in", scratch / "out", TileEdge::kPad, 0);
  CHECK(test::code_of([&] { (void)run_build(options); }) == ErrorCode::kTruncated);
  options.skip_errors = true;
  const BuildReport report = run_build(options);
  CHECK(report.published->rejected == 1);
  const auto pictures = put_together(scratch / "out", "train");
  CHECK(pictures.size() == 1);
  CHECK(pictures.contains("good.jpg"));
}

TEST_CASE("pictures smaller than a tile are counted where partial tiles are dropped") {
  const test::Scratch scratch;
  spill(scratch / "in/small.png", test::png_of(test::noise(31, 90, 3)));
  spill(scratch / "in/large.png", test::png_of(test::noise(64, 50, 3)));
  (void)run_build(tile_options(scratch / "in", scratch / "out", TileEdge::kDrop, 0));
  const Dataset data = Dataset::open(scratch / "out", "train");
  CHECK(data.size() == 4);
  CHECK(data.manifest().provenance.find("\"pictures_without_tile\":1") != std::string::npos);
}
