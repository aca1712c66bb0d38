// TextEncoder: a document's text to the value of the field "tokens".
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "dsprep/record.h"
#include "dsprep/tokenizer.h"
#include "tools/ingest/batch.h"
#include "tools/ingest/options.h"

namespace dsprep {

/// Const members: any number of threads, each with its own arena and scratch memory.
class TextEncoder {
 public:
  /// `tokenizer_file` is what Plan::tokenizer holds (empty for bytes). Throws kUsage where an id
  /// cannot fit the dtype.
  TextEncoder(const TextOptions& options, std::string_view tokenizer_file);

  /// uint16 where every id fits, else uint32; or what the user asked for.
  DType dtype() const noexcept { return dtype_; }
  /// The ids, between the marks that the user asked for; bytes in `arena`. Throws kBadEncoding.
  FieldValue encode(std::string_view text, Arena& arena, std::vector<TokenId>& scratch) const;

 private:
  TextOptions options_;
  std::unique_ptr<Tokenizer> tokenizer_;
  DType dtype_ = DType::kUint16;
};

}  // namespace dsprep
