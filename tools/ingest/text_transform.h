// TextTransform: documents to samples: their ids, whole or in windows, and their labels.
#pragma once

#include "tools/ingest/pieces.h"
#include "tools/ingest/text_encoder.h"
#include "tools/ingest/text_rules.h"
#include "tools/ingest/text_source.h"

namespace dsprep {

/// Const members: any number of threads, each with its own batch.
class TextTransform {
 public:
  /// For a plan that is whole and outlives this.
  TextTransform(const BuildOptions& options, const TextRules& rules, const Plan& plan,
                std::shared_ptr<const TextEncoder> encoder, unsigned jobs);

  /// `thread` < jobs tells which.
  void run(const Piece& piece, Batch& batch, unsigned thread) const;

 private:
  struct Work;
  struct Waiting;

  void run_segment(const Piece& piece, bool in_quotes, Work& work) const;
  void run_documents(const InputFile& file, bool in_quotes, Work& work) const;
  void run_file(Work& work) const;
  void run_part(const Piece& piece, Batch& batch, TextPart& part) const;
  std::optional<std::string_view> read_or_reject(const Piece& piece, TextPart& part,
                                                 Work& work) const;
  std::optional<std::string_view> read_part(const Piece& piece, TextPart& part, Work& work) const;
  template <class Parse>
  void add_document(const Parse& parse, Work& work) const;
  Waiting waiting_of(const Document& document, Work& work) const;
  void wait(const Document& document, Work& work) const;
  void take_ids(std::span<const TokenId> ids, bool cut, const Waiting& document, Work& work) const;
  void flush(Work& work) const;
  void add_sample(const FieldValue& tokens, std::uint64_t length, const PreparedSample& sample,
                  std::int64_t label, Batch& batch) const;
  void reject_or_throw(const Error& error, Work& work) const;
  const Entry& entry_of(const Work& work) const;

  const BuildOptions& options_;
  const TextRules& rules_;
  const Plan& plan_;
  std::shared_ptr<const TextEncoder> encoder_;
  bool labels_;
  mutable std::vector<TextPart> parts_;  // a thread
};

/// `error` with its line and file.
Error at_line(const Error& error, const std::string& file, std::uint64_t line,
              std::uint64_t behind_offset);

}  // namespace dsprep
