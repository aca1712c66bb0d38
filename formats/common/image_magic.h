// What kind of picture bytes are, by their first bytes alone: shared by the containers (file
// extensions) and the codecs.
#pragma once

#include <string_view>

#include "dsprep/checksum.h"

namespace dsprep {

/// "jpg", "png", "webp", "gif", "bmp", "tif" or "pnm" by the signature at the front of `bytes`;
/// empty where there is none. Nothing behind the signature is looked at: the picture may still be
/// damaged.
std::string_view image_extension(Bytes bytes) noexcept;

}  // namespace dsprep
