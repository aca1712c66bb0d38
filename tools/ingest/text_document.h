// Documents: what a line, a JSON line, a row of csv or a whole file says: a text, perhaps a label,
// a split, a group.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "formats/common/file.h"
#include "tools/ingest/options.h"

namespace dsprep {

using Label = std::variant<std::monostate, std::int64_t, std::string_view>;

/// Views live in the parser's memory or in what was parsed, until the next document is parsed.
struct Document {
  std::string_view text;
  Label label;
  std::string split;       ///< of the split column; empty where there is none
  std::string_view group;  ///< of the group column; empty: the text itself identifies the document
};

/// Which members or columns are read; empty names are not.
struct DocumentFields {
  std::string text;
  std::string label;
  std::string split;
  std::string group;
  bool replace_invalid = false;  ///< rows whose bytes are not UTF-8 are read with U+FFFD in them
};

/// Parses document after document of one file and keeps its memory. One thread at a time.
class DocumentParser {
 public:
  virtual ~DocumentParser() = default;
  /// `raw` is one line, row or file, with RecordRange::kPadding readable bytes behind it. Throws
  /// kBadRow (a member or column that is missing or of the wrong type, a row that is none), and
  /// kBadEncoding with the offset in `raw`.
  virtual Document parse(std::string_view raw) = 0;
};

/// For a file of documents of that form. For csv, reads the row with the names of the columns;
/// throws kBadRow where a wanted one is missing.
std::unique_ptr<DocumentParser> make_document_parser(DocRule rule, const DocumentFields& fields,
                                                     const InputFile& file);

/// True where the first document of the file has a member or column of that name.
bool has_member(DocRule rule, const std::string& name, const InputFile& file);

/// Throws kBadEncoding with the offset where `text` is not UTF-8, which begins at `begin`.
void require_utf8(std::string_view text, std::uint64_t begin = 0);

}  // namespace dsprep
