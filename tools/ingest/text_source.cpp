#include "tools/ingest/text_source.h"

#include <exception>

#include "tools/ingest/kind.h"

namespace dsprep {

TextSource::TextSource(const Plan& plan, const Entry& entry,
                       std::shared_ptr<const TextEncoder> encoder, bool ahead)
    : plan_(plan), entry_(entry), encoder_(std::move(encoder)), ahead_(ahead) {
  parts = TextBlocks::count(entry.bytes);
}

void TextSource::open() {
  file_.emplace(plan_.path_of(entry_));
  check_unchanged(*file_, entry_);
  blocks_.emplace(*file_, encoder_->tokenizer());
}

// All that encoding throws for a valid text is that a piece of it is too long, which is longer than
// any block that ends with a cut.
void TextSource::look_ahead(TextPart& part) {
  constexpr std::size_t kLongest = 1 << 20;
  std::exception_ptr error;
  while (blocks_->next(part.block)) {
    hasher_.update(as_bytes(part.block.text));
    if (error) continue;
    try {
      const std::string_view text = valid(part);
      TextCarry alone;
      part.ids.clear();
      if (text.size() > kLongest) encoder_->tokenizer().encode_part(text, alone, part.ids);
    } catch (const Error&) {
      error = std::current_exception();
    }
  }
  hash_ = hasher_.value();
  blocks_.emplace(*file_, encoder_->tokenizer());
  if (error) std::rethrow_exception(error);
}

std::optional<std::string_view> TextSource::read(std::uint64_t number, TextPart& part) {
  if (failed_) return std::nullopt;
  if (number == 0) {
    open();
    if (ahead_) look_ahead(part);
  }
  (void)blocks_->next(part.block);
  if (!ahead_) hasher_.update(as_bytes(part.block.text));
  const std::string_view text = valid(part);
  if (number + 1 == parts) {
    check_unchanged(*file_, entry_);
    if (!ahead_) hash_ = hasher_.value();
  }
  return text;
}

}  // namespace dsprep
