#include "tools/ingest/text_transform.h"

#include <optional>

#include "dsprep/error.h"
#include "tools/ingest/document_range.h"
#include "tools/ingest/kind.h"
#include "tools/ingest/token_windows.h"

namespace dsprep {

/// A document that is parsed and not encoded yet.
struct TextTransform::Waiting {
  PreparedSample sample;
  std::int64_t label = 0;
  std::size_t end = 0;  // of its text in Work::texts
};

/// What one thread works on: a segment of a piece. Short documents wait, to be encoded together.
struct TextTransform::Work {
  Batch& batch;
  PreparedSample sample;
  std::vector<TokenWindow> windows;
  std::vector<Waiting> waiting;
  std::string texts;  // of those that wait

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
  std::string place = line == 0 ? "" : "line " + std::to_string(line);
  if (line != 0 && behind_offset != 0) place += " behind offset " + std::to_string(behind_offset);
  if (line != 0) place += ": ";
  return {error.code(), place + error.message(), {.file = file}, kSkipRemedy};
}

TextTransform::TextTransform(const BuildOptions& options, const TextRules& rules, const Plan& plan,
                             std::shared_ptr<const TextEncoder> encoder, unsigned jobs)
    : options_(options),
      rules_(rules),
      plan_(plan),
      encoder_(std::move(encoder)),
      labels_(plan.schema.fields.back().name == "label"),
      parts_(jobs) {}

const Entry& TextTransform::entry_of(const Work& work) const {
  return plan_.entries[work.batch.segments.back().entry];
}

void TextTransform::run(const Piece& piece, Batch& batch, unsigned thread) const {
  if (piece.source) return run_part(piece, batch, parts_[thread]);
  Work work{.batch = batch, .sample = {}, .windows = {}, .waiting = {}, .texts = {}};
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
  add_document(
      [&] {
        const Bytes bytes = read_entry(plan_, entry_of(work), work.batch);
        work.sample.source = xxh3_128(bytes);
        work.batch.inputs.append(work.sample.source);
        Document document;
        document.text = {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
        return document;
      },
      work);
  flush(work);
}

// The text of a part; nothing where the file is rejected.
std::optional<std::string_view> TextTransform::read_or_reject(const Piece& piece, TextPart& part,
                                                              Work& work) const {
  auto& source = static_cast<TextSource&>(*piece.source);
  try {
    return source.read(piece.turn, part);
  } catch (const Error& error) {
    source.fail();
    reject_or_throw(error, work);
    return std::nullopt;
  }
}

// The same, and notes what the batch has to know of the file.
std::optional<std::string_view> TextTransform::read_part(const Piece& piece, TextPart& part,
                                                         Work& work) const {
  auto& source = static_cast<TextSource&>(*piece.source);
  Batch& batch = work.batch;
  const bool knew_hash = source.knows_hash();
  const auto text = read_or_reject(piece, part, work);
  if (piece.turn == 0) {
    if (source.file()) {
      note_stat(batch.stats, source.file()->stat());
    } else {
      batch.stats.append(Hash128{});
    }
    if (!text) batch.bytes += entry_of(work).bytes;
  }
  if (text) batch.bytes += part.block.text.size();
  if (source.knows_hash()) work.sample.source = source.hash();
  if (source.knows_hash() && !knew_hash) batch.inputs.append(source.hash());
  return text;
}

// A part of a file that is one document: its ids go on where those of the part before ended.
void TextTransform::run_part(const Piece& piece, Batch& batch, TextPart& part) const {
  const Entry& entry = plan_.entries[piece.first_entry];
  auto& source = static_cast<TextSource&>(*piece.source);
  batch.segments.push_back({.entry = piece.first_entry, .end = entry.bytes});
  Work work{.batch = batch, .sample = {}, .windows = {}, .waiting = {}, .texts = {}};
  work.sample = {.key = entry.key, .ambiguous_stem = entry.ambiguous_stem};
  std::optional<Turns::Hold> turn(std::in_place, source, piece.turn);
  const auto text = read_part(piece, part, work);
  if (!text) return;
  const bool first = piece.turn == 0, last = piece.turn + 1 == source.parts;
  const bool in_order = encoder_->tokenizer().needs_order();
  if (!in_order) turn.reset();
  TextCarry own{.started = part.block.offset != 0};
  try {
    encoder_->encode_part(*text, first, last, in_order ? source.carry : own, part.ids);
  } catch (const Error& error) {
    Where where{.file = plan_.path_of(entry)};
    if (error.where().offset) where.offset = part.block.offset + *error.where().offset;
    throw Error(error.code(), error.message(), where, error.remedy());
  }
  turn.reset();
  if (part.ids.empty() && !last) return;
  const Waiting document = waiting_of({}, work);
  PreparedSample sample = document.sample;
  sample.part = last ? ValuePart::kLast : ValuePart::kMore;
  add_sample(encoder_->part(part.ids, batch.arena), part.ids.size(), sample, document.label, batch);
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
    add_document([&] { return documents.parse(raw); }, work);
  }
  flush(work);
  work.segment().lines = documents.lines();
  work.batch.left_out.blank += documents.blank();
}

// A fault of this document is told after those of the documents that wait.
template <class Parse>
void TextTransform::add_document(const Parse& parse, Work& work) const {
  try {
    wait(parse(), work);
  } catch (const Error& error) {
    flush(work);
    return reject_or_throw(error, work);
  }
  constexpr std::size_t kDocuments = 256, kBytes = 64 << 10;
  if (work.waiting.size() == kDocuments || work.texts.size() >= kBytes) flush(work);
}

TextTransform::Waiting TextTransform::waiting_of(const Document& document, Work& work) const {
  Waiting waiting{.sample = work.sample};
  waiting.sample.split = rules_.split_of(plan_, entry_of(work), document);
  waiting.label = labels_ ? rules_.label_of(plan_, entry_of(work), document) : 0;
  return waiting;
}

void TextTransform::wait(const Document& document, Work& work) const {
  Waiting waiting = waiting_of(document, work);
  encoder_->append_valid(document.text, work.texts);
  waiting.end = work.texts.size();
  work.waiting.push_back(waiting);
}

// Encodes the documents that wait; where one has a fault, each alone.
void TextTransform::flush(Work& work) const {
  std::vector<std::string_view> texts;
  std::size_t begin = 0;
  for (const Waiting& document : work.waiting) {
    texts.push_back(std::string_view(work.texts).substr(begin, document.end - begin));
    begin = document.end;
  }
  std::size_t next = 0;
  const auto take = [&](std::span<const TokenId> ids, bool cut) {
    take_ids(ids, cut, work.waiting[next++], work);
  };
  try {
    encoder_->encode_many(texts, take);
  } catch (const Error&) {
    const PreparedSample current = work.sample;
    while (next < texts.size()) {
      try {
        encoder_->encode_many({&texts[next], 1}, take);
      } catch (const Error& error) {
        work.sample = work.waiting[next++].sample;
        reject_or_throw(error, work);
      }
    }
    work.sample = current;
  }
  work.waiting.clear();
  work.texts.clear();
}

// One document's ids as samples.
void TextTransform::take_ids(std::span<const TokenId> ids, bool cut, const Waiting& document,
                             Work& work) const {
  Batch& batch = work.batch;
  const WindowOptions& options = options_.text.windows;
  if (cut) ++batch.left_out.cut_documents;
  PreparedSample sample = document.sample;
  if (options.length == 0 || options.pack) {
    const FieldValue value = encoder_->value(ids, 0, batch.arena);
    return add_sample(value, ids.size(), sample, document.label, batch);
  }
  work.windows.clear();
  batch.left_out.ids += cut_windows(ids.size(), options, work.windows);
  for (const TokenWindow& window : work.windows) {
    const std::uint64_t pad = options.tail == Tail::kPad ? options.length - window.length : 0;
    sample.suffix = copy_suffix(window.start, batch.arena);
    const FieldValue value =
        encoder_->value(ids.subspan(window.start, window.length), pad, batch.arena);
    add_sample(value, window.length, sample, document.label, batch);
  }
}

void TextTransform::add_sample(const FieldValue& tokens, std::uint64_t length,
                               const PreparedSample& sample, std::int64_t label,
                               Batch& batch) const {
  batch.samples.push_back(sample);
  batch.values.push_back(tokens);
  const auto add_scalar = [&batch](const auto& value) {
    const Bytes bytes = batch.arena.copy(std::as_bytes(std::span(&value, 1)));
    batch.values.push_back({bytes, Shape{}, xxh3_128(bytes)});
  };
  const WindowOptions& options = options_.text.windows;
  if (options.length != 0 && !options.pack && options.tail == Tail::kPad)
    add_scalar(static_cast<std::uint32_t>(length));
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
