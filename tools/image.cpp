// dsprep image FILE --out OUT: what ingest makes of one picture.
#include <boost/program_options.hpp>
#include <filesystem>
#include <iostream>

#include "dsprep/error.h"
#include "formats/common/bytes.h"
#include "formats/common/file.h"
#include "tools/commands.h"
#include "tools/image_options.h"

namespace dsprep {
namespace {

namespace po = boost::program_options;
namespace fs = std::filesystem;

struct Request {
  fs::path file;
  fs::path out;
  ImageOptions options;
  bool help = false;
};

Request parse(const std::vector<std::string>& arguments) {
  po::options_description visible("options");
  visible.add_options()("help,h", "print this")("out", po::value<std::string>(),
                                                "where to: a name that ends in .ppm, .png or .jpg");
  add_image_options(visible);
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
    std::cout << "usage: dsprep image FILE --out OUT [options]\n\n"
                 "Writes what ingest makes of one picture: upright, resized if asked for.\n\n"
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
          image_options_from(values)};
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

std::vector<std::byte> make_picture(const Request& request) {
  const Encoder encode = encoder_for(request.out);
  const ImageTransform transform(request.options);
  std::vector<std::byte> input;
  read_whole(InputFile(request.file), input);
  try {
    ImageWorkspace workspace;
    return encode(transform.render(input, workspace), request.options);
  } catch (const Error& error) {
    Where where = error.where();
    where.file = request.file.string();
    throw Error(error.code(), error.message(), where, error.remedy());
  }
}

}  // namespace

int run_image(const std::vector<std::string>& arguments) {
  const Request request = parse(arguments);
  if (request.help) return 0;
  write_whole(request.out, make_picture(request));
  return 0;
}

}  // namespace dsprep
