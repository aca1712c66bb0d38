// A line of JSON lines as simdjson's object, for texts and tables.
#pragma once

#include <simdjson.h>

#include <string_view>

namespace dsprep {

/// `raw` has RecordRange::kPadding readable bytes behind it. Valid until the parser's next use.
/// Throws kBadRow where it is not one object, kBadEncoding, std::bad_alloc.
simdjson::dom::object object_of(simdjson::dom::parser& parser, std::string_view raw);

}  // namespace dsprep
