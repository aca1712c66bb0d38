#include "dsprep/tokenizer.h"

#include "formats/common/parallel.h"

namespace dsprep {

std::size_t Tokenizer::cut(std::string_view) const noexcept { return 0; }

std::vector<std::vector<TokenId>> Tokenizer::encode_batch(std::span<const std::string_view> texts,
                                                          unsigned threads) const {
  std::vector<std::vector<TokenId>> ids(texts.size());
  parallel_chunks(texts.size(), 1, threads, [&](std::uint64_t begin, std::uint64_t end, unsigned) {
    for (std::uint64_t i = begin; i < end; ++i) encode(texts[i], ids[i]);
  });
  return ids;
}

}  // namespace dsprep
