// Reading the parts of a tokenizer.json by their names.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "dsprep/error.h"
#include "lib/text/unicode/utf8_cursor.h"

namespace dsprep::hf {

/// Throws kUnsupportedFormat: the file asks for `what`.
[[noreturn]] inline void refuse(const std::string& what) {
  throw Error(ErrorCode::kUnsupportedFormat, "the tokenizer asks for " + what, {},
              "ids would not be exact without it");
}

inline std::string type_of(const nlohmann::json& part) {
  return part.is_object() ? part.value("type", "") : "";
}

/// A member that is one character.
inline char32_t character_of(const nlohmann::json& part, const char* member) {
  const auto text = part.at(member).get<std::string>();
  const CodePoint c = text.empty() ? CodePoint{} : code_point_at(text, 0);
  if (c.length == 0 || c.length != text.size())
    refuse("a " + std::string(member) + " that is not one character");
  return c.value;
}

/// A member that may be missing or null.
template <class T>
T value_or(const nlohmann::json& part, const char* member, T otherwise) {
  const auto found = part.find(member);
  return found == part.end() || found->is_null() ? otherwise : found->template get<T>();
}

}  // namespace dsprep::hf
