// DocumentRange: the documents of a part of a file of many, one after another, whatever their form.
#pragma once

#include <memory>

#include "tools/ingest/batch.h"
#include "tools/ingest/record_range.h"
#include "tools/ingest/text_document.h"

namespace dsprep {

/// One thread at a time. Throws as RecordRange, and as make_document_parser.
class DocumentRange {
 public:
  /// The documents that begin in the segment; `in_quotes` as in Piece.
  DocumentRange(DocRule rule, const DocumentFields& fields, const InputFile& file,
                const Segment& segment, bool in_quotes);

  /// The bytes of the next document; false at the end. Lines without a character and the row of
  /// names are passed over.
  bool next(std::string_view& raw);
  /// What the bytes say; throws as DocumentParser::parse.
  Document parse(std::string_view raw) { return parser_->parse(raw); }
  /// The line at which the last document began, from 1 for the first of the segment.
  std::uint64_t line() const noexcept { return records_.line(); }
  std::uint64_t lines() const noexcept { return records_.lines(); }
  std::uint64_t blank() const noexcept { return blank_; }

 private:
  RecordRange records_;
  std::unique_ptr<DocumentParser> parser_;
  std::uint64_t blank_ = 0;
};

}  // namespace dsprep
