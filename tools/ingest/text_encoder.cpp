#include "tools/ingest/text_encoder.h"

#include <algorithm>

#include "dsprep/error.h"
#include "tools/ingest/text_document.h"

namespace dsprep {
namespace {

DType dtype_for(const TextOptions& options, const Tokenizer& tokenizer) {
  std::uint64_t largest = tokenizer.vocab_size() - 1;
  for (const auto& id : {options.bos, options.eos})
    largest = std::max<std::uint64_t>(largest, id.value_or(0));
  const bool fits = largest <= 0xFFFF;
  if (options.dtype == DType::kUint16 && !fits) {
    throw Error(ErrorCode::kUsage, "--dtype uint16 cannot hold id " + std::to_string(largest), {},
                "use uint32 or auto");
  }
  return options.dtype.value_or(fits ? DType::kUint16 : DType::kUint32);
}

}  // namespace

TextEncoder::TextEncoder(const TextOptions& options, std::string_view tokenizer_file)
    : options_(options),
      tokenizer_(options.tokenizer == "bytes"
                     ? make_bytes_tokenizer()
                     : load_tokenizer(tokenizer_file, options.tokenizer)),
      dtype_(dtype_for(options, *tokenizer_)) {}

FieldValue TextEncoder::encode(std::string_view text, Arena& arena,
                               std::vector<TokenId>& scratch) const {
  if (tokenizer_->needs_utf8()) require_utf8(text);
  scratch.clear();
  if (options_.bos) scratch.push_back(*options_.bos);
  tokenizer_->encode(text, scratch);
  if (options_.eos) scratch.push_back(*options_.eos);
  std::span<const std::byte> bytes;
  if (dtype_ == DType::kUint32) {
    bytes = arena.copy(std::as_bytes(std::span(scratch)));
  } else {
    const std::span<std::byte> memory = arena.allocate(scratch.size() * sizeof(std::uint16_t));
    auto* out = reinterpret_cast<std::uint16_t*>(memory.data());
    for (std::size_t i = 0; i < scratch.size(); ++i)
      out[i] = static_cast<std::uint16_t>(scratch[i]);
    bytes = memory;
  }
  return {bytes, Shape{scratch.size()}, xxh3_128(bytes)};
}

}  // namespace dsprep
