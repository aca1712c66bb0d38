// What the picture codecs of this machine make of a known input.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "dsprep/image.h"

namespace dsprep {

/// Canonical JSON, for Kind::canary() of every kind that makes pictures.
inline std::string picture_canary() {
  const CodecCanary canary = codec_canary();
  return nlohmann::json{{"image", to_hex(canary.digest)}, {"codecs", canary.codecs}}.dump();
}

}  // namespace dsprep
