// TextEncoder: a document's text to ids, and ids to values.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dsprep/record.h"
#include "dsprep/tokenizer.h"
#include "tools/ingest/batch.h"
#include "tools/ingest/options.h"

namespace dsprep {

/// Const members: any number of threads, each with its own arena and ids.
class TextEncoder {
 public:
  /// `tokenizer_file` is what Plan::tokenizer holds (empty for bytes and chars). Throws as
  /// load_tokenizer, and kUsage where an id cannot fit the dtype, `--eos auto` finds none, or the
  /// longest has no room for the marks.
  TextEncoder(const TextOptions& options, std::string_view tokenizer_file);

  /// uint16 where every id fits, else uint32; or what the user asked for.
  DType dtype() const noexcept { return dtype_; }
  /// Checks a text and appends what encode_many() shall encode of it to `out`. Throws kBadEncoding,
  /// where invalid bytes are not to be replaced.
  void append_valid(std::string_view text, std::string& out) const;
  /// Hands `take` the ids of each of `texts`, which are valid, between the marks that the user
  /// asked for and no more than the longest, and whether some were cut off; the ids live until it
  /// returns. Faster than one by one where texts are short. Throws as Tokenizer::encode(), before
  /// anything is taken.
  void encode_many(std::span<const std::string_view> texts,
                   const std::function<void(std::span<const TokenId>, bool)>& take) const;
  /// The ids as elements of dtype(), and `pad` more ids of padding; bytes in `arena`.
  FieldValue value(std::span<const TokenId> ids, std::uint64_t pad, Arena& arena) const;
  /// The same of ids that are only a part of a value, which is hashed as a whole.
  FieldValue part(std::span<const TokenId> ids, Arena& arena) const;

  const Tokenizer& tokenizer() const noexcept { return *tokenizer_; }
  /// `text`, or, where bytes of it are to be replaced, what they become, in `replaced`. Throws
  /// kBadEncoding with `offset` added.
  std::string_view valid(std::string_view text, std::uint64_t offset, std::string& replaced) const;
  /// True where a text may be encoded part by part: nothing is cut off at its ends.
  bool takes_parts() const noexcept;
  /// Puts the ids of a valid part in `ids`, with the marks of the first and of the last one. Parts
  /// end where the tokenizer may cut; `carry` as in Tokenizer::encode_part.
  void encode_part(std::string_view text, bool first, bool last, TextCarry& carry,
                   std::vector<TokenId>& ids) const;

 private:
  bool close(std::vector<TokenId>& ids) const;

  TextOptions options_;
  std::unique_ptr<Tokenizer> tokenizer_;
  TextMarks marks_;
  DType dtype_ = DType::kUint16;
};

}  // namespace dsprep
