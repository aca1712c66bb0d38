// Sealed JSON: an object whose last line holds the checksum of everything before it (dataset.json,
// stats.json).
//
//   {
//    "a": …,                                                    keys sorted, one space of indent,
//    UTF-8 "b": …,                                                  ┐ XXH3-128 of the bytes up to
//    here, "checksum": "0123456789abcdef0123456789abcdef"           ┘ the line feed included
//   }
//
// No state: any number of threads.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "formats/common/json.h"

namespace dsprep {

inline constexpr std::uint64_t kMaxSealedBytes =
    256 << 20;  // a larger file is refused before it is read

/// The text of `object` with its seal. Requires: an object with one key at least; a key "checksum"
/// in it is replaced. Throws kBadEncoding where a text in it is not UTF-8.
std::string seal(nlohmann::json object);

/// The object without its "checksum". Throws kCorrupt where one byte of `text` is not what seal()
/// wrote.
nlohmann::json unseal(std::string_view text, const Where& where);

/// Reads `path` and unseals it. Throws as InputFile and unseal().
nlohmann::json read_sealed(const std::filesystem::path& path);

}  // namespace dsprep
