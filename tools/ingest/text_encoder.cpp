#include "tools/ingest/text_encoder.h"

#include <algorithm>

#include "dsprep/error.h"
#include "lib/text/utf8.h"
#include "tools/ingest/text_document.h"

namespace dsprep {
namespace {

DType dtype_for(const TextOptions& options, const Tokenizer& tokenizer, const TextMarks& marks) {
  std::uint64_t largest = tokenizer.vocab_size() - 1;
  for (const auto& ids : {marks.front, marks.back})
    for (const TokenId id : ids) largest = std::max<std::uint64_t>(largest, id);
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

// The ids in front of each document and behind it.
TextMarks marks_for(const TextOptions& options, const Tokenizer& tokenizer) {
  TextMarks marks;
  if (options.add_special_tokens) {
    marks = tokenizer.marks();
    if (marks == TextMarks{}) {
      throw Error(ErrorCode::kUsage, "--add-special-tokens: the tokenizer puts none around a text",
                  {.file = options.tokenizer}, "give their ids: --bos ID --eos ID");
    }
    return marks;
  }
  if (options.bos) marks.front.push_back(*options.bos);
  if (options.eos) marks.back.push_back(*options.eos);
  if (!options.eos_auto) return marks;
  const std::optional<TokenId> end = tokenizer.end_of_text();
  if (!end) {
    throw Error(ErrorCode::kUsage, "--eos auto: the tokenizer names no id that ends a text",
                {.file = options.tokenizer}, "give the id: --eos ID");
  }
  marks.back.push_back(*end);
  return marks;
}

template <class Id>
void put_ids(std::span<const TokenId> ids, std::span<std::byte> memory) {
  std::ranges::transform(ids, reinterpret_cast<Id*>(memory.data()),
                         [](TokenId id) { return static_cast<Id>(id); });
}

// The ids in elements of the dtype.
void put_ids(DType dtype, std::span<const TokenId> ids, std::span<std::byte> memory) {
  if (dtype == DType::kUint16) return put_ids<std::uint16_t>(ids, memory);
  put_ids<std::uint32_t>(ids, memory);
}

}  // namespace

TextEncoder::TextEncoder(const TextOptions& options, std::string_view tokenizer_file)
    : options_(options),
      tokenizer_(tokenizer_for(options, tokenizer_file)),
      marks_(marks_for(options, *tokenizer_)),
      dtype_(dtype_for(options, *tokenizer_, marks_)) {
  const std::size_t marks = marks_.front.size() + marks_.back.size();
  if (options_.max_length != 0 && options_.max_length < marks) {
    throw Error(ErrorCode::kUsage, "--max-length has no room for the marks of a document, " +
                                       std::to_string(marks) + " ids");
  }
}

std::string_view TextEncoder::valid(std::string_view text, std::uint64_t offset,
                                    std::string& replaced) const {
  if (!tokenizer_->needs_utf8() || first_invalid_utf8(text) == text.size()) return text;
  if (!options_.replace_invalid) require_utf8(text, offset);
  return replaced = replace_invalid_utf8(text);
}

// Puts the marks behind, and keeps to the longest.
bool TextEncoder::close(std::vector<TokenId>& ids) const {
  ids.insert(ids.end(), marks_.back.begin(), marks_.back.end());
  const std::uint64_t most = options_.max_length;
  if (most == 0 || ids.size() <= most) return false;
  // The marks stay: what is cut off stood next to one of them.
  const auto surplus = static_cast<std::ptrdiff_t>(ids.size() - most);
  const auto first = options_.keep_end
                         ? ids.begin() + static_cast<std::ptrdiff_t>(marks_.front.size())
                         : ids.end() - static_cast<std::ptrdiff_t>(marks_.back.size()) - surplus;
  ids.erase(first, first + surplus);
  return true;
}

void TextEncoder::append_valid(std::string_view text, std::string& out) const {
  std::string replaced;
  out += valid(text, 0, replaced);
}

void TextEncoder::encode_many(
    std::span<const std::string_view> texts,
    const std::function<void(std::span<const TokenId>, bool)>& take) const {
  std::vector<TokenId> all, ids;
  std::vector<std::size_t> ends;
  tokenizer_->encode_many(texts, all, ends);
  std::size_t begin = 0;
  const bool as_they_are = marks_ == TextMarks{} && options_.max_length == 0;
  for (const std::size_t end : ends) {
    const auto own = std::span<const TokenId>(all).subspan(begin, end - begin);
    begin = end;
    if (as_they_are) {
      take(own, false);
      continue;
    }
    ids.assign(marks_.front.begin(), marks_.front.end());
    ids.insert(ids.end(), own.begin(), own.end());
    const bool cut = close(ids);
    take(ids, cut);
  }
}

FieldValue TextEncoder::value(std::span<const TokenId> ids, std::uint64_t pad, Arena& arena) const {
  const std::size_t width = dtype_size(dtype_);
  const std::span<std::byte> bytes = arena.allocate((ids.size() + pad) * width);
  put_ids(dtype_, ids, bytes);
  for (std::uint64_t i = 0; i < pad; ++i)
    put_ids(dtype_, std::span(&options_.windows.pad, 1), bytes.subspan((ids.size() + i) * width));
  return {bytes, Shape{ids.size() + pad}, xxh3_128(bytes)};
}

FieldValue TextEncoder::part(std::span<const TokenId> ids, Arena& arena) const {
  const std::span<std::byte> bytes = arena.allocate(ids.size() * dtype_size(dtype_));
  put_ids(dtype_, ids, bytes);
  return {bytes, Shape{ids.size()}};
}

bool TextEncoder::takes_parts() const noexcept { return options_.max_length == 0; }

void TextEncoder::encode_part(std::string_view text, bool first, bool last, TextCarry& carry,
                              std::vector<TokenId>& ids) const {
  ids.clear();
  if (first) ids.assign(marks_.front.begin(), marks_.front.end());
  if (!text.empty()) tokenizer_->encode_part(text, carry, ids);
  if (last) ids.insert(ids.end(), marks_.back.begin(), marks_.back.end());
}

}  // namespace dsprep
