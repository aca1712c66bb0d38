// The manifest's insides: dataset.json as an object, without its seal and without the rows of shards.npy. No state.
#pragma once

#include "dsprep/manifest.h"
#include "formats/common/json.h"

namespace dsprep {

inline constexpr const char* kManifestName = "dataset.json";
inline constexpr std::uint32_t kManifestMajor = 1;  // readers refuse a newer one
inline constexpr std::uint32_t kManifestMinor = 0;  // readers accept a newer one

nlohmann::json manifest_to_json(const Manifest& manifest);

/// Everything but `shards`; `digest` gets what the object says of it. Throws kCorrupt, kVersion,
/// and what nlohmann throws.
Manifest manifest_from_json(const nlohmann::json& object, Hash128& digest);

/// As read_manifest(), but the other files that it names are not looked at.
Manifest load_manifest(const std::filesystem::path& directory);

/// What holds in every dataset: names that are safe as file names, sums, order. Throws kCorrupt.
void check_manifest(const Manifest& manifest);

}  // namespace dsprep
