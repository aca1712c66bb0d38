// Documents: what a line, a JSON line or a whole file says: a text, perhaps a label, a split, a
// group.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "tools/ingest/options.h"

namespace dsprep {

struct Document {
  std::string text;
  std::variant<std::monostate, std::int64_t, std::string> label;
  std::string split;  ///< of the split column; empty where there is none
  std::string group;  ///< of the group column; empty: the text itself identifies the document
};

/// Which JSON members are read; empty names are not.
struct DocumentFields {
  std::string text;
  std::string label;
  std::string split;
  std::string group;
};

/// One line of a .jsonl file. Throws kBadRow (not an object, a member missing or of the wrong
/// type), kBadEncoding.
Document parse_json_line(std::string_view line, const DocumentFields& fields);

/// Throws kBadEncoding with the offset where `text` is not UTF-8.
void require_utf8(std::string_view text);

}  // namespace dsprep
