#include "tools/ingest/text_encoder.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "dsprep/error.h"
#include "lib/text/utf8.h"
#include "tools/ingest/ordered.h"
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

struct TextPart {
  std::string_view text;
  bool is_first = true;
  std::vector<TokenId> ids;
};

// Ids that come part by part, as one array in an arena. What is reserved and not used is never
// touched.
class IdStream {
 public:
  IdStream(DType dtype, std::size_t reserve, Arena& arena)
      : dtype_(dtype), arena_(arena), memory_(arena.allocate(reserve * dtype_size(dtype))) {}

  void append(std::span<const TokenId> ids) {
    const std::size_t width = dtype_size(dtype_);
    if ((count_ + ids.size()) * width > memory_.size()) {
      const std::span<std::byte> more = arena_.allocate(2 * (count_ + ids.size()) * width);
      std::memcpy(more.data(), memory_.data(), count_ * width);
      memory_ = more;
    }
    put_ids(dtype_, ids, memory_.subspan(count_ * width));
    count_ += ids.size();
  }

  FieldValue value() const {
    const Bytes bytes = memory_.first(count_ * dtype_size(dtype_));
    return {bytes, Shape{count_}, xxh3_128(bytes)};
  }

 private:
  DType dtype_;
  Arena& arena_;
  std::span<std::byte> memory_;
  std::size_t count_ = 0;
};

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

std::string_view TextEncoder::valid(std::string_view text, std::string& replaced) const {
  if (!tokenizer_->needs_utf8() || first_invalid_utf8(text) == text.size()) return text;
  if (!options_.replace_invalid) require_utf8(text);
  return replaced = replace_invalid_utf8(text);
}

bool TextEncoder::encode(std::string_view text, std::vector<TokenId>& ids) const {
  std::string replaced;
  text = valid(text, replaced);
  ids.assign(marks_.front.begin(), marks_.front.end());
  tokenizer_->encode(text, ids);
  return close(ids);
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
  out += valid(text, replaced);
}

void TextEncoder::encode_many(
    std::span<const std::string_view> texts,
    const std::function<void(std::span<const TokenId>, bool)>& take) const {
  std::vector<TokenId> all, ids;
  std::vector<std::size_t> ends;
  tokenizer_->encode_many(texts, all, ends);
  auto begin = all.begin();
  for (const std::size_t end : ends) {
    ids.assign(marks_.front.begin(), marks_.front.end());
    const auto behind = all.begin() + static_cast<std::ptrdiff_t>(end);
    ids.insert(ids.end(), begin, behind);
    begin = behind;
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

bool TextEncoder::is_long(std::string_view text) const noexcept {
  constexpr std::size_t kLong = 1 << 20;
  return text.size() > kLong && options_.max_length == 0;
}

FieldValue TextEncoder::encode_long(std::string_view text, unsigned threads, Arena& arena) const {
  std::string replaced;
  text = valid(text, replaced);
  IdStream stream(dtype_, text.size() / 2, arena);
  stream.append(marks_.front);
  bool is_first = true;
  TextCarry in_order;
  if (tokenizer_->needs_order()) threads = 1;
  const auto next = [&](TextPart& part) {
    part.is_first = std::exchange(is_first, false);
    part.text = text.substr(0, part_length(text));
    text.remove_prefix(part.text.size());
    return !part.text.empty();
  };
  const auto encode = [&](TextPart& part, unsigned) {
    part.ids.clear();
    if (tokenizer_->needs_order()) {
      tokenizer_->encode_part(part.text, in_order, part.ids);
    } else {
      TextCarry carry{.started = !part.is_first};
      tokenizer_->encode_part(part.text, carry, part.ids);
    }
  };
  run_ordered<TextPart>(threads, threads == 1 ? 1 : threads + 2, next, encode,
                        [&](TextPart& part) { stream.append(part.ids); });
  stream.append(marks_.back);
  return stream.value();
}

// To where the tokenizer allows a cut, about kPart bytes on.
std::size_t TextEncoder::part_length(std::string_view text) const {
  constexpr std::size_t kPart = 256 << 10;
  for (std::size_t want = kPart; want < text.size(); want *= 2) {
    if (const std::size_t cut = tokenizer_->cut(text.substr(0, want)); cut != 0) return cut;
  }
  return text.size();
}

}  // namespace dsprep
