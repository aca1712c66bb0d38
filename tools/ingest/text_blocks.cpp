#include "tools/ingest/text_blocks.h"

#include <algorithm>
#include <cstring>

#include "dsprep/error.h"

namespace dsprep {
namespace {

constexpr std::size_t kLongest = std::size_t{64} << 20;
constexpr std::size_t kLongestWhole = std::size_t{1} << 30;  // with a tokenizer that cuts nowhere

}  // namespace

bool TextBlocks::next(Block& block) {
  if (blocks_ == count(file_.size())) return false;
  const std::uint64_t end = std::min<std::uint64_t>(++blocks_ * kBytes, file_.size());
  const std::size_t size = rest_.size() + static_cast<std::size_t>(end - read_);
  block.offset = read_ - rest_.size();
  if (size < try_from_ && end != file_.size()) {  // read when it is looked at: no byte is moved often
    block.text = {};
    return true;
  }
  if (block.memory.size() < size) block.memory.resize(std::max(size, 2 * kBytes));
  std::ranges::copy(rest_, block.memory.begin());
  file_.read_at(read_,
                std::as_writable_bytes(std::span(block.memory).first(size).subspan(rest_.size())));
  read_ = end;
  find_cut(block, size);
  return true;
}

// All of the last block; else up to the last cut, and what is behind it waits.
void TextBlocks::find_cut(Block& block, std::size_t size) {
  const std::string_view text(block.memory.data(), size);
  std::size_t cut = 0;
  if (read_ == file_.size()) {
    cut = size;
  } else {
    cut = tokenizer_.cut(text);
    try_from_ = cut != 0 ? 0 : 2 * size;
    if (cut == 0) check_length(size);
  }
  block.text = text.substr(0, cut);
  rest_.assign(text.begin() + static_cast<std::ptrdiff_t>(cut), text.end());
}

void TextBlocks::check_length(std::size_t size) const {
  const std::size_t limit = tokenizer_.cut("a b") != 0 ? kLongest : kLongestWhole;
  if (size <= limit) return;
  throw Error(ErrorCode::kTooLarge,
              "no place to cut the text at in " + std::to_string(limit >> 20) + " MiB",
              {.file = file_.path().string(), .offset = read_ - size},
              "cut the file into documents");
}

}  // namespace dsprep
