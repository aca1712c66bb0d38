// Files of tests/golden: what reference software gave, kept beside the script that asked it.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "formats/common/file.h"

#ifndef DSPREP_GOLDEN  // the build names the folder
#define DSPREP_GOLDEN "tests/golden"
#endif

namespace dsprep::test {

/// The bytes of tests/golden/NAME.
inline std::string golden_bytes(const std::string& name) {
  return read_text(std::filesystem::path(DSPREP_GOLDEN) / name);
}

inline nlohmann::json golden_json(const std::string& name) {
  return nlohmann::json::parse(golden_bytes(name));
}

}  // namespace dsprep::test
