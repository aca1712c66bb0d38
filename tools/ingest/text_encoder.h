// TextEncoder: a document's text to ids, and ids to values.
#pragma once

#include <memory>
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
  /// load_tokenizer, and kUsage where an id cannot fit the dtype, or `--eos auto` finds none.
  /// A long text is encoded by `threads` threads.
  TextEncoder(const TextOptions& options, std::string_view tokenizer_file, unsigned threads = 1);

  /// uint16 where every id fits, else uint32; or what the user asked for.
  DType dtype() const noexcept { return dtype_; }
  /// The ids, between the marks that the user asked for and no more than the longest; true where
  /// some were cut off. Throws kBadEncoding, where invalid bytes are not to be replaced.
  bool encode(std::string_view text, std::vector<TokenId>& ids) const;
  /// The ids as elements of dtype(), and `pad` more ids of padding; bytes in `arena`.
  FieldValue value(std::span<const TokenId> ids, std::uint64_t pad, Arena& arena) const;

 private:
  TextOptions options_;
  std::unique_ptr<Tokenizer> tokenizer_;
  unsigned threads_;
  DType dtype_ = DType::kUint16;
};

}  // namespace dsprep
