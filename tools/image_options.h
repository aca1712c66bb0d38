// The options of pictures on the command line, shared by build-shards and image.
#pragma once

#include <boost/program_options.hpp>

#include "dsprep/image_transform.h"

namespace dsprep {

/// Declares --resize, --fit, --encode and the others; their texts are read by image_options_from.
void add_image_options(boost::program_options::options_description& description);

/// Throws kUsage (or kUnsupportedFormat) that names the option at fault. Not validated:
/// ImageTransform does that.
ImageOptions image_options_from(const boost::program_options::variables_map& values);

}  // namespace dsprep
