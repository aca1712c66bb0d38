// JSON (nlohmann) with dsprep's errors: what is missing or of the wrong type is kCorrupt and says where.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "dsprep/checksum.h"
#include "dsprep/error.h"

namespace dsprep {

/// Parses `text` and hands the value to `read`; whatever nlohmann throws becomes kCorrupt at `where`.
template <class Read>
auto read_json(std::string_view text, const Where& where, Read read) {
  try {
    return read(nlohmann::json::parse(text));
  } catch (const nlohmann::json::exception& error) {
    throw Error(ErrorCode::kCorrupt, std::string("JSON that is not as it must be: ") + error.what(), where);
  }
}

inline Hash128 hash_from_json(const nlohmann::json& value) {
  const auto hash = hash128_from_hex(value.get<std::string>());
  if (!hash) throw Error(ErrorCode::kCorrupt, "a hash that is not 32 hexadecimal digits");
  return *hash;
}

}  // namespace dsprep
