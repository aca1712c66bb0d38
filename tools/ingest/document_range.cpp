#include "tools/ingest/document_range.h"

#include <algorithm>

namespace dsprep {

DocumentRange::DocumentRange(DocRule rule, const DocumentFields& fields, const InputFile& file,
                             const Segment& segment, bool in_quotes)
    : records_(file, segment.begin, std::min(segment.end, file.size()),
               rule == DocRule::kCsv ? RecordRule::kQuoted : RecordRule::kLine, in_quotes),
      parser_(make_document_parser(rule, fields, file)) {
  std::string_view names;
  if (rule == DocRule::kCsv && segment.begin == 0) (void)records_.next(names);
}

bool DocumentRange::next(std::string_view& raw) {
  while (records_.next(raw)) {
    if (!raw.empty()) return true;
    ++blank_;
  }
  return false;
}

}  // namespace dsprep
