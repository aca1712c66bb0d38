#include "tools/ingest/json_line.h"

#include <new>
#include <string>

#include "tools/ingest/csv_row.h"
#include "tools/ingest/row_columns.h"
#include "tools/ingest/text_document.h"

namespace dsprep {

simdjson::dom::object object_of(simdjson::dom::parser& parser, std::string_view raw) {
  raw = without_byte_order_mark(raw);  // before the first line, of some programs
  simdjson::dom::element row;
  // The padding that simdjson wants stands behind `raw`, so nothing is copied.
  const simdjson::error_code error = parser.parse(raw.data(), raw.size(), false).get(row);
  if (error == simdjson::MEMALLOC) throw std::bad_alloc();
  if (error == simdjson::UTF8_ERROR) require_utf8(raw);
  if (error == simdjson::NUMBER_ERROR)
    refuse_row("a number in the line is malformed, or does not fit 64 bits");
  if (error != simdjson::SUCCESS)
    refuse_row(std::string("the line is not JSON: ") + simdjson::error_message(error));
  simdjson::dom::object object;
  if (row.get(object) != simdjson::SUCCESS) refuse_row("the line is not a JSON object");
  return object;
}

}  // namespace dsprep
