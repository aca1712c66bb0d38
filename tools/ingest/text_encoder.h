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
  /// The ids, between the marks that the user asked for and no more than the longest; true where
  /// some were cut off. Throws kBadEncoding, where invalid bytes are not to be replaced.
  bool encode(std::string_view text, std::vector<TokenId>& ids) const;
  /// Checks a text and appends what encode_many() shall encode of it to `out`. Throws kBadEncoding.
  void append_valid(std::string_view text, std::string& out) const;
  /// Hands `take` the ids that encode() gives for each of `texts`, which are valid, and whether
  /// some were cut off; the ids live until it returns. Faster than one by one where texts are
  /// short. Throws as encode(), before anything is taken.
  void encode_many(std::span<const std::string_view> texts,
                   const std::function<void(std::span<const TokenId>, bool)>& take) const;
  /// The ids as elements of dtype(), and `pad` more ids of padding; bytes in `arena`.
  FieldValue value(std::span<const TokenId> ids, std::uint64_t pad, Arena& arena) const;
  /// True for a text that is better encoded by encode_long().
  bool is_long(std::string_view text) const noexcept;
  /// value() of encode(), for a text of which nothing is cut off: in parts, by `threads` threads.
  FieldValue encode_long(std::string_view text, unsigned threads, Arena& arena) const;

 private:
  std::size_t part_length(std::string_view text) const;
  std::string_view valid(std::string_view text, std::string& replaced) const;
  bool close(std::vector<TokenId>& ids) const;

  TextOptions options_;
  std::unique_ptr<Tokenizer> tokenizer_;
  TextMarks marks_;
  DType dtype_ = DType::kUint16;
};

}  // namespace dsprep
