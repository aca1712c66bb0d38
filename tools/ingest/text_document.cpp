#include "tools/ingest/text_document.h"

#include <nlohmann/json.hpp>

#include "dsprep/error.h"
#include "formats/common/text.h"

namespace dsprep {
namespace {

using nlohmann::json;

[[noreturn]] void refuse(const std::string& what) { throw Error(ErrorCode::kBadRow, what); }

const json& member(const json& row, const std::string& name) {
  const auto found = row.find(name);
  if (found == row.end()) refuse("the member '" + name + "' is missing");
  return *found;
}

std::string text_member(const json& row, const std::string& name) {
  const json& value = member(row, name);
  if (!value.is_string()) refuse("the member '" + name + "' is not a text");
  return value.get<std::string>();
}

}  // namespace

void require_utf8(std::string_view text) {
  std::size_t bad = 0;
  if (!is_utf8(text, &bad)) {
    throw Error(ErrorCode::kBadEncoding,
                "not UTF-8 at byte " + std::to_string(bad) + " of the text");
  }
}

Document parse_json_line(std::string_view line, const DocumentFields& fields) {
  require_utf8(line);
  const json row = json::parse(line, nullptr, false);
  if (row.is_discarded()) refuse("the line is not JSON");
  if (!row.is_object()) refuse("the line is not a JSON object");
  Document document;
  document.text = text_member(row, fields.text);
  if (!fields.split.empty()) document.split = text_member(row, fields.split);
  if (!fields.group.empty()) document.group = text_member(row, fields.group);
  if (!fields.label.empty()) {
    const json& label = member(row, fields.label);
    if (label.is_string()) {
      document.label = label.get<std::string>();
    } else if (label.is_number_integer() &&
               !(label.is_number_unsigned() && label.get<std::uint64_t>() > INT64_MAX)) {
      document.label = label.get<std::int64_t>();
    } else {
      refuse("the member '" + fields.label + "' is neither a text nor an integer");
    }
  }
  return document;
}

}  // namespace dsprep
