// Text: documents from files, lines, JSON lines and csv, as ids.
#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>

#include "dsprep/tokenizer_training.h"
#include "dsprep/words.h"
#include "formats/common/file.h"
#include "lib/text/utf8.h"
#include "tools/ingest/document_range.h"
#include "tools/ingest/kind.h"
#include "tools/ingest/packer.h"
#include "tools/ingest/planner.h"
#include "tools/ingest/row_cuts.h"
#include "tools/ingest/text_transform.h"

namespace dsprep {
namespace {

using nlohmann::json;

constexpr const char* kCanaryText =
    "The quick brown fox, na\xC3\xAFve\xE2\x80\x83\xE6\x97\xA5\xE6\x9C\xAC\xC2\xA0"
    "42!\n";

class TextKind final : public Kind {
 public:
  explicit TextKind(const BuildOptions& options) : options_(options), rules_(options) {}

  std::string options() const override;
  std::string canary() const override;
  std::string tokenizer_file() const override {
    return built_in() || fits_words() ? "" : read_text(text().tokenizer);
  }
  bool cuts_files() const noexcept override { return text().doc != DocRule::kFile; }
  void align(Plan& plan) const override {
    if (csv()) align_to_rows(plan, every);
  }
  void enter(const Plan& plan, Piece& piece) override {
    if (csv()) quotes_.enter(plan, piece, every);
  }
  const WindowOptions* windows() const noexcept override {
    return text().windows.length != 0 ? &text().windows : nullptr;
  }
  OpenParts open_parts(const Plan& plan) const override;
  bool large_parts() const noexcept override { return false; }
  SurveyNeed survey_need(const Plan& plan) const override;
  void survey(const Plan& plan, const Piece& piece, SurveyCounts& counts,
              std::vector<Segment>& segments) const override;
  void complete(Plan& plan, const SurveyCounts& counts) const override;
  void prepare(const Plan& plan, unsigned jobs) override;
  void transform(const Plan&, const Piece& piece, Batch& batch, unsigned thread) const override {
    transform_->run(piece, batch, thread);
  }

 private:
  const TextOptions& text() const noexcept { return options_.text; }
  bool built_in() const { return text().tokenizer == "bytes" || text().tokenizer == "chars"; }
  bool fits_words() const { return text().tokenizer == "words"; }
  bool csv() const { return text().doc == DocRule::kCsv; }
  std::shared_ptr<const TextEncoder> encoder_for(const Plan& plan) const;
  void survey_document(const Plan& plan, const Entry& entry, const Document& document,
                       SurveyCounts& counts) const;
  void count_text(std::string_view raw, SurveyCounts& counts) const;
  void survey_segment(const Plan& plan, bool in_quotes, Segment& segment,
                      SurveyCounts& counts) const;
  void survey_file(const Plan& plan, const Segment& segment, SurveyCounts& counts) const;

  static bool every(const Entry&) noexcept { return true; }

  BuildOptions options_;
  TextRules rules_;
  QuoteCounter quotes_;
  mutable std::shared_ptr<const TextEncoder> encoder_;  // loading takes time: once
  std::optional<TextTransform> transform_;              // after prepare()
};

void add_window_options(const WindowOptions& windows, json& out) {
  if (windows.length == 0) return;
  out[windows.pack ? "pack" : "window"] = windows.length;
  if (!windows.pack) out["stride"] = windows.stride;
  out["tail"] = tail_text(windows);
}

std::string TextKind::options() const {
  json out = {{"doc", doc_name(text().doc)}, {"tokenizer", text().tokenizer}};
  if (text().doc == DocRule::kJsonl || csv()) {
    out["text_field"] = text().text_field;
    if (!text().label_field.empty()) out["label_field"] = text().label_field;
  }
  if (fits_words()) {
    out["vocab_size"] = text().vocab_size;
    out["min_count"] = text().min_count;
  } else if (!built_in()) {
    out["tokenizer"] = "file";  // its contents enter the plan; its place does not matter
  }
  if (!text().tokenizer_options.pattern.empty()) out["pattern"] = text().tokenizer_options.pattern;
  if (text().tokenizer_options.special != SpecialTokens::kDefault)
    out["special"] = special_name(text().tokenizer_options.special);
  if (text().replace_invalid) out["invalid_utf8"] = "replace";
  if (text().bos) out["bos"] = *text().bos;
  if (text().eos) out["eos"] = *text().eos;
  if (text().eos_auto) out["eos"] = "auto";
  if (text().add_special_tokens) out["add_special_tokens"] = true;
  if (text().max_length != 0) {
    out["max_length"] = text().max_length;
    out["cut"] = text().keep_end ? "begin" : "end";
  }
  if (text().dtype) out["dtype"] = dtype_name(*text().dtype);
  add_window_options(text().windows, out);
  return out.dump();
}

std::string TextKind::canary() const {
  std::string words;
  for_each_word(kCanaryText, [&](std::string_view word) { words += std::string(word) + "|"; });
  return json{{"text", to_hex(xxh3_128(as_bytes(words)))}}.dump();
}

SurveyNeed TextKind::survey_need(const Plan& plan) const {
  if (fits_words() || !text().label_field.empty() || rules_.by_column())
    return SurveyNeed::kContents;
  const bool cut = cuts_files() && std::ranges::any_of(plan.slices, [](const Slice& slice) {
                     return slice.begin != 0;
                   });
  return cut ? SurveyNeed::kLines : SurveyNeed::kNothing;
}

void TextKind::survey_document(const Plan& plan, const Entry& entry, const Document& document,
                               SurveyCounts& counts) const {
  if (const auto* name = std::get_if<std::string_view>(&document.label))
    counts.labels.emplace(*name);
  counts.number_labels =
      counts.number_labels || std::holds_alternative<std::int64_t>(document.label);
  if (rules_.by_column()) ++counts.splits[document.split];
  if (!fits_words()) return;
  if (!text().replace_invalid) require_utf8(document.text);
  const std::string split =
      rules_.by_column() ? document.split : plan.splits[rules_.split_of(plan, entry, document)];
  if (split == "train") count_text(document.text, counts);
}

void TextKind::count_text(std::string_view raw, SurveyCounts& counts) const {
  std::string replaced;
  if (text().replace_invalid) raw = replaced = replace_invalid_utf8(raw);
  switch (text().count) {
    case CountUnit::kWords:
      return counts.words.add(raw);
    case CountUnit::kPieces:
      return PieceCounter().add(raw, counts.words);
    case CountUnit::kTexts:
      counts.texts.emplace_back(raw);
  }
}

void TextKind::survey_segment(const Plan& plan, bool in_quotes, Segment& segment,
                              SurveyCounts& counts) const {
  const Entry& entry = plan.entries[segment.entry];
  const InputFile file(plan.path_of(entry));
  DocumentRange documents(text().doc, rules_.fields(), file, segment, in_quotes);
  for (std::string_view raw; documents.next(raw);) {
    try {
      survey_document(plan, entry, documents.parse(raw), counts);
    } catch (const Error& error) {
      if (options_.skip_errors && may_reject(error.code())) continue;  // transform() lists it
      throw at_line(error, plan.path_of(entry), documents.line(), segment.begin);
    }
  }
  segment.lines = documents.lines();
}

void TextKind::survey_file(const Plan& plan, const Segment& segment, SurveyCounts& counts) const {
  const Entry& entry = plan.entries[segment.entry];
  std::vector<std::byte> bytes;
  read_whole(InputFile(plan.path_of(entry)), bytes);
  Document document;
  document.text = {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  try {
    survey_document(plan, entry, document, counts);
  } catch (const Error& error) {
    if (options_.skip_errors && may_reject(error.code())) return;  // transform() lists it
    throw at_line(error, plan.path_of(entry), 0, 0);
  }
}

void TextKind::survey(const Plan& plan, const Piece& piece, SurveyCounts& counts,
                      std::vector<Segment>& segments) const {
  segments = segments_of(plan, piece);
  bool in_quotes = piece.in_quotes;
  for (Segment& segment : segments) {
    if (cuts_files()) {
      survey_segment(plan, in_quotes, segment, counts);
    } else {
      survey_file(plan, segment, counts);
    }
    in_quotes = false;
  }
}

// Of the tokenizer that the plan has; it does not change once it is there.
std::shared_ptr<const TextEncoder> TextKind::encoder_for(const Plan& plan) const {
  if (encoder_ == nullptr) encoder_ = std::make_shared<TextEncoder>(text(), plan.tokenizer);
  return encoder_;
}

// Long files that are one document. What is not known before its end (the hash that stands in every
// row or window, whether the whole can be encoded) takes a look ahead.
OpenParts TextKind::open_parts(const Plan& plan) const {
  if (text().doc != DocRule::kFile || !encoder_for(plan)->takes_parts()) return {};
  return [this, &plan](const Entry& entry) -> std::shared_ptr<PartSource> {
    if (!TextSource::takes(entry)) return nullptr;
    return std::make_shared<TextSource>(plan, entry, encoder_,
                                        options_.skip_errors || text().windows.length != 0);
  };
}

void TextKind::complete(Plan& plan, const SurveyCounts& counts) const {
  if (fits_words()) {
    plan.tokenizer =
        make_words_tokenizer(counts.words.vocabulary(text().vocab_size, text().min_count))
            ->to_file();
  }
  if (!counts.labels.empty() && counts.number_labels) {
    throw Error(ErrorCode::kBadRow,
                "some labels in '" + text().label_field + "' are texts and some are integers", {},
                "make them all of one type");
  }
  if (rules_.by_column()) complete_splits(plan, counts.splits, rules_.fields().split);
  if (!counts.labels.empty()) plan.classes.assign(counts.labels.begin(), counts.labels.end());
  plan.schema.fields.clear();
  add_row_fields(plan.schema, encoder_for(plan)->dtype(), text().windows);
  if (has_entry_labels(plan) || !text().label_field.empty())
    plan.schema.fields.push_back(label_field());
}

void TextKind::prepare(const Plan& plan, unsigned jobs) {
  rules_.prepare(plan);
  transform_.emplace(options_, rules_, plan, encoder_for(plan), jobs);
}

}  // namespace

std::unique_ptr<Kind> make_text_kind(const BuildOptions& options) {
  return std::make_unique<TextKind>(options);
}

}  // namespace dsprep
