// The options of pictures on the command line, shared by build-shards and image.
#pragma once

#include <boost/program_options.hpp>
#include <optional>

#include "dsprep/image_transform.h"
#include "dsprep/tile.h"

namespace dsprep {

/// Declares --resize, --fit, --encode and the others; their texts are read by image_options_from.
void add_image_options(boost::program_options::options_description& description);

/// Throws kUsage (or kUnsupportedFormat) that names the option at fault. Not validated:
/// ImageTransform does that.
ImageOptions image_options_from(const boost::program_options::variables_map& values);

/// Declares --tile, --overlap and --edge.
void add_tile_options(boost::program_options::options_description& description);

/// Nothing where --tile is not given. Throws kUsage.
std::optional<TileSpec> tile_options_from(const boost::program_options::variables_map& values);

}  // namespace dsprep
