// Text: documents from files, lines and JSON lines, as ids.
#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>

#include "dsprep/tokenizer.h"
#include "formats/common/file.h"
#include "tools/ingest/kind.h"
#include "tools/ingest/planner.h"
#include "tools/ingest/text_document.h"
#include "tools/ingest/text_encoder.h"
#include "tools/ingest/text_lines.h"

namespace dsprep {
namespace {

using nlohmann::json;

constexpr const char* kCanaryText =
    "The quick brown fox, na\xC3\xAFve\xE2\x80\x83\xE6\x97\xA5\xE6\x9C\xAC\xC2\xA0"
    "42!\n";

[[noreturn]] void throw_unseen(const Plan& plan, const Entry& entry, const std::string& what) {
  throw Error(ErrorCode::kIo, "has a " + what + " that the survey did not see",
              {.file = plan.path_of(entry)}, "run the command again when nobody writes to it");
}

// Each file of a slice is noted once, with the piece that begins it there: as stats_now() counts
// them.
bool begins_entry(const Plan& plan, const Piece& piece, const Segment& segment) {
  const Slice& slice = plan.slices[piece.slice];
  return segment.begin == 0 || (segment.entry == slice.first_entry && segment.begin == slice.begin);
}

class TextKind final : public Kind {
 public:
  explicit TextKind(const BuildOptions& options)
      : options_(options),
        fields_{options.text.text_field, options.text.label_field,
                options.split.kind() == SplitRule::Kind::kColumn ? options.split.column() : "",
                options.group_by.starts_with("column:") ? options.group_by.substr(7) : ""} {}

  std::string options() const override;
  std::string canary() const override;
  std::string tokenizer_file() const override {
    return options_.text.tokenizer == "bytes" || fits_words() ? ""
                                                              : read_text(options_.text.tokenizer);
  }
  bool cuts_files() const noexcept override { return options_.text.doc != DocRule::kFile; }
  SurveyNeed survey_need(const Plan& plan) const override;
  void survey(const Plan& plan, const Piece& piece, SurveyCounts& counts,
              std::vector<Segment>& segments) const override;
  void complete(Plan& plan, const SurveyCounts& counts) const override;
  void prepare(const Plan& plan, unsigned jobs) override;
  void transform(const Plan& plan, const Piece& piece, Batch& batch,
                 unsigned thread) const override;

 private:
  void complete_splits(Plan& plan, const std::map<std::string, std::uint64_t>& found) const;
  bool fits_words() const { return options_.text.tokenizer == "words"; }
  bool jsonl() const { return options_.text.doc == DocRule::kJsonl; }
  std::uint32_t split_of(const Plan& plan, const Entry& entry, const Document& document,
                         std::string_view text) const;
  void survey_text(const Plan& plan, const Entry& entry, const Document& document,
                   std::string_view text, SurveyCounts& counts) const;
  void add_document(const Plan& plan, const Entry& entry, std::string_view raw, Batch& batch,
                    PreparedSample sample, std::vector<TokenId>& ids) const;
  void transform_lines(const Plan& plan, const InputFile& file, Batch& batch, PreparedSample sample,
                       std::vector<TokenId>& ids) const;
  void transform_segment(const Plan& plan, bool note, Batch& batch, const PreparedSample& sample,
                         std::vector<TokenId>& ids) const;
  void transform_file(const Plan& plan, Batch& batch, PreparedSample sample,
                      std::vector<TokenId>& ids) const;
  void reject_or_throw(const Error& error, const Plan& plan, const Entry& entry, Batch& batch,
                       const PreparedSample& sample) const;

  BuildOptions options_;
  DocumentFields fields_;
  // After prepare():
  std::optional<TextEncoder> encoder_;
  bool labels_ = false;
  std::map<std::string, std::int64_t, std::less<>> class_ids_;
  std::map<std::string, std::uint32_t, std::less<>> split_ids_;
};

std::string TextKind::options() const {
  json out = {{"doc", doc_name(options_.text.doc)}, {"tokenizer", options_.text.tokenizer}};
  if (jsonl()) {
    out["text_field"] = fields_.text;
    if (!fields_.label.empty()) out["label_field"] = fields_.label;
  }
  if (fits_words()) {
    out["vocab_size"] = options_.text.vocab_size;
    out["min_count"] = options_.text.min_count;
  } else if (options_.text.tokenizer != "bytes") {
    out["tokenizer"] = "file";  // its contents enter the plan; its place does not matter
  }
  if (options_.text.bos) out["bos"] = *options_.text.bos;
  if (options_.text.eos) out["eos"] = *options_.text.eos;
  if (options_.text.dtype) out["dtype"] = dtype_name(*options_.text.dtype);
  return out.dump();
}

std::string TextKind::canary() const {
  std::string words;
  for_each_word(kCanaryText, [&](std::string_view word) { words += std::string(word) + "|"; });
  return json{{"text", to_hex(xxh3_128(as_bytes(words)))}}.dump();
}

SurveyNeed TextKind::survey_need(const Plan& plan) const {
  if (fits_words() || !fields_.label.empty() || !fields_.split.empty())
    return SurveyNeed::kContents;
  const bool cut = cuts_files() && std::ranges::any_of(plan.slices, [](const Slice& slice) {
                     return slice.begin != 0;
                   });
  return cut ? SurveyNeed::kLines : SurveyNeed::kNothing;
}

void TextKind::complete(Plan& plan, const SurveyCounts& counts) const {
  if (fits_words()) {
    plan.tokenizer = make_words_tokenizer(
                         counts.words.vocabulary(options_.text.vocab_size, options_.text.min_count))
                         ->to_file();
  }
  if (!counts.labels.empty() && counts.number_labels) {
    throw Error(ErrorCode::kBadRow,
                "some labels in '" + fields_.label + "' are texts and some are integers", {},
                "make them all of one type");
  }
  if (!fields_.split.empty()) complete_splits(plan, counts.splits);
  if (!counts.labels.empty()) plan.classes.assign(counts.labels.begin(), counts.labels.end());
  plan.schema.fields = {
      {"tokens", TextEncoder(options_.text, plan.tokenizer).dtype(), {-1}, Encoding::kArray}};
  const bool folder_labels =
      std::ranges::any_of(plan.entries, [](const Entry& entry) { return entry.label != kNoLabel; });
  if (folder_labels || !fields_.label.empty())
    plan.schema.fields.push_back({"label", DType::kInt64, {}, Encoding::kClass});
}

// Splits by column are known now, and with their sizes how their fragments are joined.
void TextKind::complete_splits(Plan& plan,
                               const std::map<std::string, std::uint64_t>& found) const {
  plan.splits.clear();
  for (const auto& [name, count] : found) {
    if (!SplitRule::legal_name(name)) {
      throw Error(ErrorCode::kBadRow,
                  "'" + name + "' in '" + fields_.split + "' cannot name a split", {},
                  "use letters, digits, _ and -");
    }
    plan.splits.push_back(name);
  }
  sort_splits(plan.splits);
  std::vector<std::uint64_t> sizes;
  for (const std::string& name : plan.splits) sizes.push_back(found.at(name));
  plan.slices_a_shard = slices_a_shard(sizes, plan.slices.size());
}

void TextKind::prepare(const Plan& plan, unsigned) {
  encoder_.emplace(options_.text, plan.tokenizer);
  labels_ = plan.schema.fields.size() > 1;
  for (std::size_t i = 0; i < plan.classes.size(); ++i)
    class_ids_[plan.classes[i]] = static_cast<std::int64_t>(i);
  for (std::size_t i = 0; i < plan.splits.size(); ++i)
    split_ids_[plan.splits[i]] = static_cast<std::uint32_t>(i);
}

// For ratios, plan.splits are the shares in their order.
std::uint32_t TextKind::split_of(const Plan& plan, const Entry& entry, const Document& document,
                                 std::string_view text) const {
  if (entry.split != kSplitByContent) return entry.split;
  if (!fields_.split.empty()) {
    const auto found = split_ids_.find(document.split);
    if (found == split_ids_.end()) throw_unseen(plan, entry, "split '" + document.split + "'");
    return found->second;
  }
  return options_.split.share_of(
      as_bytes(document.group.empty() ? text : std::string_view(document.group)));
}

void TextKind::survey_text(const Plan& plan, const Entry& entry, const Document& document,
                           std::string_view text, SurveyCounts& counts) const {
  if (const auto* name = std::get_if<std::string>(&document.label)) counts.labels.insert(*name);
  counts.number_labels =
      counts.number_labels || std::holds_alternative<std::int64_t>(document.label);
  if (!fields_.split.empty()) ++counts.splits[document.split];
  if (!fits_words()) return;
  require_utf8(text);
  const std::string split =
      fields_.split.empty() ? plan.splits[split_of(plan, entry, document, text)] : document.split;
  if (split == "train") counts.words.add(text);
}

void TextKind::survey(const Plan& plan, const Piece& piece, SurveyCounts& counts,
                      std::vector<Segment>& segments) const {
  segments = segments_of(plan, piece);
  for (Segment& segment : segments) {
    const Entry& entry = plan.entries[segment.entry];
    const InputFile file(plan.path_of(entry));
    const auto look = [&](std::string_view raw, std::uint64_t line) {
      try {
        const Document document = jsonl() ? parse_json_line(raw, fields_) : Document{};
        survey_text(plan, entry, document, jsonl() ? std::string_view(document.text) : raw, counts);
      } catch (const Error& error) {
        if (options_.skip_errors && may_reject(error.code())) return;  // transform() lists it
        const std::string place = line == 0 ? ""
                                            : "line " + std::to_string(line) + " behind offset " +
                                                  std::to_string(segment.begin) + ": ";
        throw Error(error.code(), place + error.message(), {.file = plan.path_of(entry)},
                    kSkipRemedy);
      }
    };
    if (!cuts_files()) {
      std::vector<std::byte> bytes;
      read_whole(file, bytes);
      look({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, 0);
      continue;
    }
    LineRange lines(file, segment.begin, std::min(segment.end, file.size()));
    for (std::string_view line; lines.next(line);) {
      if (!line.empty()) look(line, lines.count());
    }
    segment.lines = lines.count();
  }
}

void TextKind::add_document(const Plan& plan, const Entry& entry, std::string_view raw,
                            Batch& batch, PreparedSample sample, std::vector<TokenId>& ids) const {
  const Document document = jsonl() ? parse_json_line(raw, fields_) : Document{};
  const std::string_view text = jsonl() ? std::string_view(document.text) : raw;
  const FieldValue tokens = encoder_->encode(text, batch.arena, ids);
  std::int64_t label = entry.label;
  if (const auto* number = std::get_if<std::int64_t>(&document.label)) label = *number;
  if (const auto* name = std::get_if<std::string>(&document.label)) {
    const auto found = class_ids_.find(*name);
    if (found == class_ids_.end()) throw_unseen(plan, entry, "label '" + *name + "'");
    label = found->second;
  }
  sample.split = split_of(plan, entry, document, text);
  batch.values.push_back(tokens);
  if (labels_) {
    const Bytes bytes = batch.arena.copy(std::as_bytes(std::span(&label, 1)));
    batch.values.push_back({bytes, Shape{}, xxh3_128(bytes)});
  }
  batch.samples.push_back(sample);
}

void TextKind::reject_or_throw(const Error& error, const Plan& plan, const Entry& entry,
                               Batch& batch, const PreparedSample& sample) const {
  if (!may_reject(error.code())) throw error;
  if (!options_.skip_errors) {
    const std::string place = sample.line == 0
                                  ? ""
                                  : "line " + std::to_string(sample.line) + " behind offset " +
                                        std::to_string(batch.segments[sample.segment].begin) + ": ";
    throw Error(error.code(), place + error.message(), {.file = plan.path_of(entry)}, kSkipRemedy);
  }
  batch.rejects.push_back({entry.key, error.code(), error.message(), sample.segment, sample.line});
}

void TextKind::transform_lines(const Plan& plan, const InputFile& file, Batch& batch,
                               PreparedSample sample, std::vector<TokenId>& ids) const {
  Segment& segment = batch.segments.back();
  const Entry& entry = plan.entries[segment.entry];
  LineRange lines(file, segment.begin, segment.end);
  for (std::string_view line; lines.next(line);) {
    if (line.empty()) {
      ++batch.blank;
      continue;
    }
    sample.line = lines.count();
    sample.source = xxh3_128(as_bytes(line));
    batch.inputs.append(sample.source);
    try {
      add_document(plan, entry, line, batch, sample, ids);
    } catch (const Error& error) {
      reject_or_throw(error, plan, entry, batch, sample);
    }
  }
  segment.lines = lines.count();
}

// The part of a file of many documents.
void TextKind::transform_segment(const Plan& plan, bool note, Batch& batch,
                                 const PreparedSample& sample, std::vector<TokenId>& ids) const {
  const Entry& entry = plan.entries[batch.segments.back().entry];
  try {
    const InputFile file(plan.path_of(entry));
    check_unchanged(file, entry);
    if (note) note_stat(batch.stats, file.stat());
    transform_lines(plan, file, batch, sample, ids);
    check_unchanged(file, entry);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kPermissionDenied) throw;
    if (note) batch.stats.append(Hash128{});
    if (note) reject_or_throw(error, plan, entry, batch, sample);
  }
}

// A file that is one document.
void TextKind::transform_file(const Plan& plan, Batch& batch, PreparedSample sample,
                              std::vector<TokenId>& ids) const {
  const Entry& entry = plan.entries[batch.segments.back().entry];
  try {
    const Bytes bytes = read_entry(plan, entry, batch);
    sample.source = xxh3_128(bytes);
    batch.inputs.append(sample.source);
    add_document(plan, entry, {reinterpret_cast<const char*>(bytes.data()), bytes.size()}, batch,
                 sample, ids);
  } catch (const Error& error) {
    reject_or_throw(error, plan, entry, batch, sample);
  }
}

void TextKind::transform(const Plan& plan, const Piece& piece, Batch& batch, unsigned) const {
  std::vector<TokenId> ids;
  for (const Segment& segment : segments_of(plan, piece)) {
    batch.segments.push_back(segment);
    batch.bytes += segment.end - segment.begin;
    const Entry& entry = plan.entries[segment.entry];
    const PreparedSample sample{.key = entry.key,
                                .segment = static_cast<std::uint32_t>(batch.segments.size() - 1),
                                .ambiguous_stem = entry.ambiguous_stem};
    if (cuts_files()) {
      transform_segment(plan, begins_entry(plan, piece, segment), batch, sample, ids);
    } else {
      transform_file(plan, batch, sample, ids);
    }
  }
}

}  // namespace

std::unique_ptr<Kind> make_text_kind(const BuildOptions& options) {
  return std::make_unique<TextKind>(options);
}

}  // namespace dsprep
