#include "tools/ingest/text_document.h"

#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "dsprep/error.h"
#include "formats/common/text.h"
#include "lib/text/utf8.h"
#include "tools/ingest/csv_row.h"
#include "tools/ingest/json_line.h"
#include "tools/ingest/record_range.h"

namespace dsprep {
namespace {

namespace dom = simdjson::dom;

[[noreturn]] void refuse(const std::string& what) { throw Error(ErrorCode::kBadRow, what); }

// What is missing is no class and no split of its own.
std::string_view present(std::string_view text, const char* what) {
  if (text.empty()) refuse(std::string("the ") + what + " is missing");
  return text;
}

std::string split_name(std::string_view text) {
  (void)present(text, "split");
  return split_from_folder(text).value_or(std::string(text));
}

class PlainParser final : public DocumentParser {
 public:
  Document parse(std::string_view raw) override {
    Document document;
    document.text = raw;
    return document;
  }
};

class JsonParser final : public DocumentParser {
 public:
  explicit JsonParser(DocumentFields fields) : fields_(std::move(fields)) {}

  Document parse(std::string_view raw) override {
    const dom::object row = object_of(parser_, raw);
    // As in other readers, the last of several members of one name counts.
    Member text, label, split, group;
    for (const auto& [name, value] : row) {
      if (name == fields_.text) text = value;
      if (name == fields_.label) label = value;
      if (name == fields_.split) split = value;
      if (name == fields_.group) group = value;
    }
    Document document;
    document.text = text_of(text, fields_.text);
    if (!fields_.label.empty()) document.label = label_of(label, fields_.label);
    if (!fields_.split.empty()) document.split = split_name(text_of(split, fields_.split));
    if (!fields_.group.empty()) document.group = text_of(group, fields_.group);
    return document;
  }

  bool has(std::string_view raw, const std::string& name) {
    return object_of(parser_, raw).at_key(name).error() == simdjson::SUCCESS;
  }

 private:
  using Member = std::optional<dom::element>;

  static std::string_view text_of(const Member& member, const std::string& name) {
    if (!member) refuse("the member '" + name + "' is missing");
    std::string_view text;
    if (member->get(text) != simdjson::SUCCESS) refuse("the member '" + name + "' is not a text");
    return text;
  }

  static Label label_of(const Member& member, const std::string& name) {
    if (!member) refuse("the member '" + name + "' is missing");
    std::string_view text;
    std::int64_t number = 0;
    if (member->get(text) == simdjson::SUCCESS) return present(text, "label");
    if (member->get(number) == simdjson::SUCCESS) return number;
    refuse("the member '" + name + "' is neither a text nor an integer of 64 bits");
  }

  DocumentFields fields_;
  dom::parser parser_;
};

class CsvParser final : public DocumentParser {
 public:
  CsvParser(const DocumentFields& fields, const InputFile& file)
      : delimiter_(file.path().extension() == ".tsv" ? '\t' : ',') {
    RecordRange head(file, 0, std::min<std::uint64_t>(file.size(), 1), RecordRule::kQuoted);
    std::string_view row;
    if (!head.next(row)) return;
    try {
      names_ = csv_names(row, delimiter_);
    } catch (const Error& error) {
      throw Error(error.code(), "line 1: " + error.message(), {.file = file.path().string()},
                  "mend the row, for it says which columns there are");
    }
    columns_ = names_.size();
    const std::string* wanted[kWanted] = {&fields.text, &fields.label, &fields.split,
                                          &fields.group};
    for (std::size_t i = 0; i < kWanted; ++i) {
      if (!wanted[i]->empty()) places_[i] = place_of(*wanted[i], file);
    }
  }

  Document parse(std::string_view raw) override {
    require_utf8(raw);
    split_csv_row(raw, delimiter_, fields_);
    if (fields_.size() != columns_) {
      refuse("the row has " + std::to_string(fields_.size()) + " columns, and the first row has " +
             std::to_string(columns_));
    }
    Document document;
    document.text = at(kText);
    if (places_[kLabel]) document.label = label_of(present(at(kLabel), "label"));
    if (places_[kSplit]) document.split = split_name(at(kSplit));
    if (places_[kGroup]) document.group = at(kGroup);
    return document;
  }

  const std::vector<std::string>& names() const noexcept { return names_; }

 private:
  enum Wanted : std::size_t { kText, kLabel, kSplit, kGroup, kWanted };

  std::size_t place_of(const std::string& name, const InputFile& file) const {
    const auto found = std::ranges::find(names_, name);
    if (found != names_.end()) return static_cast<std::size_t>(found - names_.begin());
    std::string all;
    for (const std::string& other : names_)
      all += (all.empty() ? "" : ", ") + escape_controls(other);
    throw Error(ErrorCode::kBadRow, "there is no column '" + name + "'; the first row names " + all,
                {.file = file.path().string()}, "name it with --text-field, --label-field, …");
  }

  std::string_view at(Wanted wanted) {
    return csv_text(fields_[*places_[wanted]], memory_[wanted]);
  }

  // Without types, what reads as an integer is one.
  static Label label_of(std::string_view text) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error == std::errc() && end == text.data() + text.size()) return number;
    return text;
  }

  char delimiter_;
  std::size_t columns_ = 0;
  std::vector<std::string> names_;
  std::optional<std::size_t> places_[kWanted];
  std::vector<std::string_view> fields_;
  std::string memory_[kWanted];
};

// Rows with U+FFFD for what is not UTF-8.
class ReplacingParser final : public DocumentParser {
 public:
  explicit ReplacingParser(std::unique_ptr<DocumentParser> parser) : parser_(std::move(parser)) {}

  Document parse(std::string_view raw) override {
    if (first_invalid_utf8(raw) == raw.size()) return parser_->parse(raw);
    row_ = replace_invalid_utf8(raw);
    const std::size_t size = row_.size();
    row_.resize(size + RecordRange::kPadding);
    return parser_->parse(std::string_view(row_).substr(0, size));
  }

 private:
  std::unique_ptr<DocumentParser> parser_;
  std::string row_;
};

std::unique_ptr<DocumentParser> make_row_parser(DocRule rule, const DocumentFields& fields,
                                                const InputFile& file) {
  if (rule == DocRule::kJsonl) return std::make_unique<JsonParser>(fields);
  return std::make_unique<CsvParser>(fields, file);
}

}  // namespace

void require_utf8(std::string_view text, std::uint64_t begin) {
  const std::size_t bad = first_invalid_utf8(text);
  if (bad != text.size()) {
    throw Error(ErrorCode::kBadEncoding,
                "not UTF-8 at byte " + std::to_string(begin + bad) + " of the text");
  }
}

std::unique_ptr<DocumentParser> make_document_parser(DocRule rule, const DocumentFields& fields,
                                                     const InputFile& file) {
  if (rule != DocRule::kJsonl && rule != DocRule::kCsv) return std::make_unique<PlainParser>();
  auto parser = make_row_parser(rule, fields, file);
  if (!fields.replace_invalid) return parser;
  return std::make_unique<ReplacingParser>(std::move(parser));
}

bool has_member(DocRule rule, const std::string& name, const InputFile& file) {
  if (rule == DocRule::kCsv) {
    const CsvParser parser({}, file);
    return std::ranges::find(parser.names(), name) != parser.names().end();
  }
  if (rule != DocRule::kJsonl) return false;
  RecordRange lines(file, 0, std::min<std::uint64_t>(file.size(), 1));
  std::string_view line;
  try {
    return lines.next(line) && JsonParser({}).has(line, name);
  } catch (const Error&) {
    return false;  // it is met again, with its place, when documents are read
  }
}

}  // namespace dsprep
