// What a build makes of pictures that are not plain 8-bit RGB, in words, for the manifest.
#pragma once

#include <nlohmann/json.hpp>

namespace dsprep {

/// `options`: the canonical options of pictures. Says what was done ("in": "samples") or, where the
/// inputs' own bytes were kept, what dsprep's readers do with them ("in": "readers").
nlohmann::json image_policy(const nlohmann::json& options);

}  // namespace dsprep
