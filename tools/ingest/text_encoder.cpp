#include "tools/ingest/text_encoder.h"

#include <algorithm>

#include "dsprep/error.h"
#include "lib/text/utf8.h"
#include "tools/ingest/text_document.h"

namespace dsprep {
namespace {

DType dtype_for(const TextOptions& options, const Tokenizer& tokenizer) {
  std::uint64_t largest = tokenizer.vocab_size() - 1;
  for (const auto& id : {options.bos, options.eos})
    largest = std::max<std::uint64_t>(largest, id.value_or(0));
  if (options.windows.tail == Tail::kPad)
    largest = std::max<std::uint64_t>(largest, options.windows.pad);
  const bool fits = largest <= 0xFFFF;
  if (options.dtype == DType::kUint16 && !fits) {
    throw Error(ErrorCode::kUsage, "--dtype uint16 cannot hold id " + std::to_string(largest), {},
                "use uint32 or auto");
  }
  return options.dtype.value_or(fits ? DType::kUint16 : DType::kUint32);
}

std::unique_ptr<Tokenizer> tokenizer_for(const TextOptions& options, std::string_view file) {
  if (options.tokenizer == "bytes") return make_bytes_tokenizer();
  if (options.tokenizer == "chars") return make_chars_tokenizer();
  return load_tokenizer(file, options.tokenizer, options.tokenizer_options);
}

template <class Id>
Bytes narrow(std::span<const TokenId> ids, std::uint64_t pad, TokenId pad_id, Arena& arena) {
  const std::span<std::byte> memory = arena.allocate((ids.size() + pad) * sizeof(Id));
  auto* out = reinterpret_cast<Id*>(memory.data());
  std::ranges::transform(ids, out, [](TokenId id) { return static_cast<Id>(id); });
  std::fill_n(out + ids.size(), pad, static_cast<Id>(pad_id));
  return memory;
}

}  // namespace

TextEncoder::TextEncoder(const TextOptions& options, std::string_view tokenizer_file,
                         unsigned threads)
    : options_(options), tokenizer_(tokenizer_for(options, tokenizer_file)), threads_(threads) {
  if (options_.eos_auto) {
    options_.eos = tokenizer_->end_of_text();
    if (!options_.eos) {
      throw Error(ErrorCode::kUsage, "--eos auto: the tokenizer names no id that ends a text",
                  {.file = options_.tokenizer}, "give the id: --eos ID");
    }
  }
  dtype_ = dtype_for(options_, *tokenizer_);
}

bool TextEncoder::encode(std::string_view text, std::vector<TokenId>& ids) const {
  std::string replaced;
  if (tokenizer_->needs_utf8() && first_invalid_utf8(text) != text.size()) {
    if (!options_.replace_invalid) require_utf8(text);
    text = replaced = replace_invalid_utf8(text);
  }
  ids.clear();
  if (options_.bos) ids.push_back(*options_.bos);
  tokenizer_->encode_long(text, threads_, ids);
  if (options_.eos) ids.push_back(*options_.eos);
  const std::uint64_t most = options_.max_length;
  if (most == 0 || ids.size() <= most) return false;
  // The marks stay: what is cut off stood next to one of them.
  const auto surplus = static_cast<std::ptrdiff_t>(ids.size() - most);
  const auto first = options_.keep_end ? ids.begin() + (options_.bos ? 1 : 0)
                                       : ids.end() - (options_.eos ? 1 : 0) - surplus;
  ids.erase(first, first + surplus);
  return true;
}

FieldValue TextEncoder::value(std::span<const TokenId> ids, std::uint64_t pad, Arena& arena) const {
  const Bytes bytes = dtype_ == DType::kUint16
                          ? narrow<std::uint16_t>(ids, pad, options_.windows.pad, arena)
                          : narrow<std::uint32_t>(ids, pad, options_.windows.pad, arena);
  return {bytes, Shape{ids.size() + pad}, xxh3_128(bytes)};
}

}  // namespace dsprep
