#include "tools/image_options.h"

#include <limits>
#include <string>

#include "dsprep/error.h"
#include "formats/common/text.h"

namespace dsprep {
namespace po = boost::program_options;

void add_image_options(po::options_description& description) {
  for (const ImageOptionHelp& option : image_option_help()) {
    auto* value = po::value<std::string>();
    if (option.name == "lenient") value->zero_tokens()->implicit_value("yes");  // a flag
    description.add_options()(std::string(option.name).c_str(), value,
                              std::string(option.help).c_str());
  }
}

ImageOptions image_options_from(const po::variables_map& values) {
  ImageOptions options;
  for (const ImageOptionHelp& option : image_option_help()) {
    const std::string name(option.name);
    if (values.count(name) != 0) set_image_option(options, name, values[name].as<std::string>());
  }
  return options;
}

void add_tile_options(po::options_description& description) {
  const auto text = [](const char* name) { return po::value<std::string>()->value_name(name); };
  description.add_options()("tile", text("WxH"),
                            "cut into tiles of this size; each is a sample, key PATH@X,Y")(
      "overlap", text("N"), "tiles: columns and rows that neighbours share")(
      "edge", text("POLICY"),
      "tiles: pad (default: fill up with the background), drop or shift the last ones");
}

std::optional<TileSpec> tile_options_from(const po::variables_map& values) {
  const auto text = [&](const char* name) {
    return values.count(name) == 0 ? std::string() : values[name].as<std::string>();
  };
  const auto refuse = [](const std::string& what, const char* remedy) {
    throw Error(ErrorCode::kUsage, what, {}, remedy);
  };
  if (values.count("tile") == 0) {
    if (values.count("overlap") + values.count("edge") != 0)
      refuse("--overlap and --edge are for tiles", "say --tile WxH");
    return std::nullopt;
  }
  const auto size = resize_spec_from_text(text("tile"));
  if (!size || size->one_side())
    refuse("--tile: '" + text("tile") + "' is no size of tiles", "write WxH, in pixels");
  TileSpec spec{.width = size->width, .height = size->height};
  if (values.count("overlap") != 0) {
    const auto overlap = parse_u64(text("overlap"));
    if (!overlap || *overlap > std::numeric_limits<std::uint32_t>::max())
      refuse("--overlap: '" + text("overlap") + "' is no number of pixels", "write 64");
    spec.overlap = static_cast<std::uint32_t>(*overlap);
  }
  if (values.count("edge") != 0) {
    const auto edge = tile_edge_from_name(text("edge"));
    if (!edge) refuse("--edge: there is no '" + text("edge") + "'", "write pad, drop or shift");
    spec.edge = *edge;
  }
  spec.validate();
  return spec;
}

}  // namespace dsprep
