#include "tools/ingest/text_transform.h"

#include "dsprep/error.h"
#include "tools/ingest/document_range.h"
#include "tools/ingest/kind.h"
#include "tools/ingest/token_windows.h"

namespace dsprep {

/// What one thread works on: a segment of a piece.
struct TextTransform::Work {
  Batch& batch;
  PreparedSample sample;
  std::vector<TokenId> ids;
  std::vector<TokenWindow> windows;

  Segment& segment() { return batch.segments.back(); }
};

namespace {

// Each file of a slice is noted once, with the piece that begins it there: as stats_now() counts
// them.
bool begins_entry(const Plan& plan, const Piece& piece, const Segment& segment) {
  const Slice& slice = plan.slices[piece.slice];
  return segment.begin == 0 || (segment.entry == slice.first_entry && segment.begin == slice.begin);
}

std::string_view copy_suffix(std::uint64_t start, Arena& arena) {
  const std::string text = "@" + std::to_string(start);
  const Bytes bytes = arena.copy(as_bytes(text));
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

Error at_line(const Error& error, const std::string& file, std::uint64_t line,
              std::uint64_t behind_offset) {
  const std::string place = line == 0 ? ""
                                      : "line " + std::to_string(line) + " behind offset " +
                                            std::to_string(behind_offset) + ": ";
  return {error.code(), place + error.message(), {.file = file}, kSkipRemedy};
}

TextTransform::TextTransform(const BuildOptions& options, const TextRules& rules, const Plan& plan,
                             unsigned jobs)
    : options_(options),
      rules_(rules),
      plan_(plan),
      encoder_(options.text, plan.tokenizer, jobs),
      labels_(plan.schema.fields.back().name == "label") {}

const Entry& TextTransform::entry_of(const Work& work) const {
  return plan_.entries[work.batch.segments.back().entry];
}

void TextTransform::run(const Piece& piece, Batch& batch) const {
  Work work{.batch = batch, .sample = {}, .ids = {}, .windows = {}};
  bool in_quotes = piece.in_quotes;
  for (const Segment& segment : segments_of(plan_, piece)) {
    batch.segments.push_back(segment);
    batch.bytes += segment.end - segment.begin;
    const Entry& entry = entry_of(work);
    work.sample = {.key = entry.key,
                   .segment = static_cast<std::uint32_t>(batch.segments.size() - 1),
                   .ambiguous_stem = entry.ambiguous_stem};
    if (options_.text.doc == DocRule::kFile) {
      run_file(work);
    } else {
      run_segment(piece, in_quotes, work);
    }
    in_quotes = false;
  }
}

// A file that is one document.
void TextTransform::run_file(Work& work) const {
  try {
    const Bytes bytes = read_entry(plan_, entry_of(work), work.batch);
    work.sample.source = xxh3_128(bytes);
    work.batch.inputs.append(work.sample.source);
    Document document;
    document.text = {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
    add_document(document, work);
  } catch (const Error& error) {
    reject_or_throw(error, work);
  }
}

// The part of a file of many documents.
void TextTransform::run_segment(const Piece& piece, bool in_quotes, Work& work) const {
  const Entry& entry = entry_of(work);
  const bool note = begins_entry(plan_, piece, work.segment());
  try {
    const InputFile file(plan_.path_of(entry));
    check_unchanged(file, entry);
    if (note) note_stat(work.batch.stats, file.stat());
    run_documents(file, in_quotes, work);
    check_unchanged(file, entry);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kPermissionDenied) throw;
    if (note) work.batch.stats.append(Hash128{});
    if (note) reject_or_throw(error, work);
  }
}

void TextTransform::run_documents(const InputFile& file, bool in_quotes, Work& work) const {
  DocumentRange documents(options_.text.doc, rules_.fields(), file, work.segment(), in_quotes);
  for (std::string_view raw; documents.next(raw);) {
    work.sample.line = documents.line();
    work.sample.source = xxh3_128(as_bytes(raw));
    work.batch.inputs.append(work.sample.source);
    try {
      add_document(documents.parse(raw), work);
    } catch (const Error& error) {
      reject_or_throw(error, work);
    }
  }
  work.segment().lines = documents.lines();
  work.batch.left_out.blank += documents.blank();
}

void TextTransform::add_document(const Document& document, Work& work) const {
  Batch& batch = work.batch;
  const bool cut = encoder_.encode(document.text, work.ids);
  PreparedSample sample = work.sample;
  sample.split = rules_.split_of(plan_, entry_of(work), document);
  const std::int64_t label = labels_ ? rules_.label_of(plan_, entry_of(work), document) : 0;
  if (cut) ++batch.left_out.cut_documents;
  const WindowOptions& options = options_.text.windows;
  if (options.length == 0 || options.pack) return add_sample(work.ids, 0, sample, label, batch);
  work.windows.clear();
  batch.left_out.ids += cut_windows(work.ids.size(), options, work.windows);
  for (const TokenWindow& window : work.windows) {
    const std::uint64_t pad = options.tail == Tail::kPad ? options.length - window.length : 0;
    sample.suffix = copy_suffix(window.start, batch.arena);
    add_sample(std::span(work.ids).subspan(window.start, window.length), pad, sample, label, batch);
  }
}

void TextTransform::add_sample(std::span<const TokenId> ids, std::uint64_t pad,
                               const PreparedSample& sample, std::int64_t label,
                               Batch& batch) const {
  batch.samples.push_back(sample);
  batch.values.push_back(encoder_.value(ids, pad, batch.arena));
  const auto add_scalar = [&batch](const auto& value) {
    const Bytes bytes = batch.arena.copy(std::as_bytes(std::span(&value, 1)));
    batch.values.push_back({bytes, Shape{}, xxh3_128(bytes)});
  };
  const WindowOptions& options = options_.text.windows;
  if (options.length != 0 && !options.pack && options.tail == Tail::kPad)
    add_scalar(static_cast<std::uint32_t>(ids.size()));
  if (labels_) add_scalar(label);
}

void TextTransform::reject_or_throw(const Error& error, Work& work) const {
  if (!may_reject(error.code())) throw error;
  const Entry& entry = entry_of(work);
  const PreparedSample& sample = work.sample;
  if (!options_.skip_errors)
    throw at_line(error, plan_.path_of(entry), sample.line, work.segment().begin);
  work.batch.rejects.push_back(
      {entry.key, error.code(), error.message(), sample.segment, sample.line});
}

}  // namespace dsprep
