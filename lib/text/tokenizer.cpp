#include "dsprep/tokenizer.h"

#include <algorithm>

#include "formats/common/parallel.h"

namespace dsprep {

std::size_t Tokenizer::cut(std::string_view) const noexcept { return 0; }

namespace {

constexpr std::size_t kPart = 256 << 10;

// The text in parts of about kPart bytes, as far as the tokenizer finds places to cut at.
std::vector<std::string_view> parts_of(std::string_view text, const Tokenizer& tokenizer) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    std::size_t part = 0;
    for (std::size_t want = kPart; part == 0 && want < text.size(); want *= 2)
      part = tokenizer.cut(text.substr(0, want));
    if (part == 0) part = text.size();
    parts.push_back(text.substr(0, part));
    text.remove_prefix(part);
  }
  return parts;
}

}  // namespace

void Tokenizer::encode_long(std::string_view text, unsigned threads,
                            std::vector<TokenId>& ids) const {
  if (threads < 2 || text.size() < 2 * kPart) return encode(text, ids);
  const auto encoded = encode_batch(parts_of(text, *this), threads);
  std::vector<std::size_t> ends = {ids.size()};
  for (const auto& part : encoded) ends.push_back(ends.back() + part.size());
  ids.resize(ends.back());
  parallel_chunks(encoded.size(), 1, threads,
                  [&](std::uint64_t begin, std::uint64_t end, unsigned) {
                    for (std::uint64_t i = begin; i < end; ++i)
                      std::ranges::copy(encoded[i], ids.data() + ends[i]);
                  });
}

std::vector<std::vector<TokenId>> Tokenizer::encode_batch(std::span<const std::string_view> texts,
                                                          unsigned threads) const {
  std::vector<std::vector<TokenId>> ids(texts.size());
  parallel_chunks(texts.size(), 1, threads, [&](std::uint64_t begin, std::uint64_t end, unsigned) {
    for (std::uint64_t i = begin; i < end; ++i) encode(texts[i], ids[i]);
  });
  return ids;
}

}  // namespace dsprep
