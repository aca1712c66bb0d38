// dsprep image FILE --out OUT: what ingest makes of one picture.
#include <boost/program_options.hpp>
#include <filesystem>
#include <iostream>
#include <optional>

#include "dsprep/error.h"
#include "formats/common/bytes.h"
#include "formats/common/file.h"
#include "tools/commands.h"
#include "tools/image_options.h"
#include "tools/ingest/cut_tile.h"

namespace dsprep {
namespace {

namespace po = boost::program_options;
namespace fs = std::filesystem;

struct Request {
  fs::path file;
  fs::path out;
  ImageOptions options;
  std::optional<TileSpec> tile = std::nullopt;
  bool help = false;
};

Request parse(const std::vector<std::string>& arguments) {
  po::options_description visible("options");
  visible.add_options()("help,h", "print this")("out", po::value<std::string>(),
                                                "where to: a name that ends in .ppm, .png or .jpg");
  add_image_options(visible);
  add_tile_options(visible);
  po::options_description all;
  all.add(visible).add_options()("file", po::value<std::vector<std::string>>());
  po::positional_options_description positions;
  positions.add("file", -1);
  po::variables_map values;
  try {
    po::store(po::command_line_parser(arguments).options(all).positional(positions).run(), values);
  } catch (const po::error& error) {
    throw Error(ErrorCode::kUsage, error.what(), {}, "see dsprep image --help");
  }
  if (values.count("help") != 0) {
    std::cout
        << "usage: dsprep image FILE --out OUT [options]\n\n"
           "Writes what ingest makes of one picture: upright, resized if asked for; with --tile a "
           "file a tile,\nOUT with @X,Y before its ending.\n\n"
        << visible;
    Request request;
    request.help = true;
    return request;
  }
  const std::size_t files =
      values.count("file") == 0 ? 0 : values["file"].as<std::vector<std::string>>().size();
  if (files != 1 || values.count("out") == 0) {
    throw Error(ErrorCode::kUsage, "image needs one FILE and --out OUT", {},
                "see dsprep image --help");
  }
  return {values["file"].as<std::vector<std::string>>().front(), values["out"].as<std::string>(),
          image_options_from(values), tile_options_from(values)};
}

std::vector<std::byte> ppm(const Image& image) {
  const std::string header = (image.channels == 1 ? "P5\n" : "P6\n") + std::to_string(image.width) +
                             " " + std::to_string(image.height) + "\n255\n";
  std::vector<std::byte> out;
  put_bytes(out, as_bytes(header));
  put_bytes(out, image.bytes());
  return out;
}

// The name of OUT decides: asked for before the picture is read.
using Encoder = std::vector<std::byte> (*)(const Image&, const ImageOptions&);
Encoder encoder_for(const fs::path& out) {
  const std::string extension = out.extension().string();
  if (extension == ".ppm")
    return [](const Image& image, const ImageOptions&) { return ppm(image); };
  if (extension == ".png") {
    return [](const Image& image, const ImageOptions&) {
      std::vector<std::byte> bytes;
      encode_png(image, bytes);
      return bytes;
    };
  }
  if (extension == ".jpg" || extension == ".jpeg") {
    return [](const Image& image, const ImageOptions& options) {
      std::vector<std::byte> bytes;
      encode_jpeg(image, options.jpeg, bytes);
      return bytes;
    };
  }
  throw Error(ErrorCode::kUsage, "--out must end in .ppm, .png or .jpg", {.file = out.string()});
}

// "photo@512,0.png" of "photo.png".
fs::path tile_path(const fs::path& out, const Tile& tile) {
  const std::string place = "@" + std::to_string(tile.x) + "," + std::to_string(tile.y);
  return out.parent_path() / (out.stem().string() + place + out.extension().string());
}

void write_tiles(const Request& request, const Image& image, Encoder encode) {
  const TileGrid grid(image.width, image.height, *request.tile);
  Image out;
  for (std::uint64_t i = 0; i < grid.size(); ++i) {
    const Tile tile = grid.at(i);
    cut_tile(image.row(tile.y), image.row_bytes(), image.channels, tile, *request.tile,
             request.options.background, out);
    write_whole(tile_path(request.out, tile), encode(out, request.options));
  }
}

const Image& render(const Request& request, ImageWorkspace& workspace) {
  const ImageTransform transform(request.options);
  std::vector<std::byte> input;
  read_whole(InputFile(request.file), input);
  try {
    return transform.render(input, workspace);
  } catch (const Error& error) {
    Where where = error.where();
    where.file = request.file.string();
    throw Error(error.code(), error.message(), where, error.remedy());
  }
}

void write_picture(const Request& request) {
  const Encoder encode = encoder_for(request.out);
  ImageWorkspace workspace;
  const Image& image = render(request, workspace);
  if (request.tile) {
    write_tiles(request, image, encode);
  } else {
    write_whole(request.out, encode(image, request.options));
  }
}

}  // namespace

int run_image(const std::vector<std::string>& arguments) {
  const Request request = parse(arguments);
  if (request.help) return 0;
  write_picture(request);
  return 0;
}

}  // namespace dsprep
