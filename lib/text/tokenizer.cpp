#include "dsprep/tokenizer.h"

#include "formats/common/parallel.h"

namespace dsprep {

std::size_t Tokenizer::cut(std::string_view) const noexcept { return 0; }

void Tokenizer::encode_many(std::span<const std::string_view> texts, std::vector<TokenId>& ids,
                            std::vector<std::size_t>& ends) const {
  for (const std::string_view text : texts) {
    encode(text, ids);
    ends.push_back(ids.size());
  }
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
