// Training of tokenizers from counts of words. Pure functions: the result depends on the counts
// alone, not on their order.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "dsprep/words.h"

namespace dsprep {

/// Counts the pieces that GPT-2's pre-tokenizer (Hugging Face's ByteLevel) cuts texts into. One
/// thread at a time.
class PieceCounter {
 public:
  PieceCounter();
  ~PieceCounter();
  PieceCounter(PieceCounter&&) noexcept;

  /// `text` is UTF-8.
  void add(std::string_view text, WordCounts& counts);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

struct BpeTraining {
  std::uint64_t vocab_size = 30000;              ///< with special tokens and the 256 bytes
  std::uint64_t min_count = 2;                   ///< pairs that stand less often are not merged
  std::vector<std::string> special_tokens = {};  ///< get the first ids
};

/// Byte-level byte-pair encoding (Sennrich 2016, over bytes as GPT-2 has it): the most frequent
/// pair is merged first; of equally frequent ones that with the lower ids, the left one's first.
/// The ids are special tokens, bytes in the order of their letters in the file, then merges in
/// theirs. Does what Hugging Face's BpeTrainer does with `initial_alphabet=ByteLevel.alphabet()`.
/// Returns a tokenizer.json. Memory: about 40 bytes a letter of all different pieces. Throws kUsage
/// where the vocabulary has no room for the bytes, or a special token is empty or stands twice.
std::string train_byte_level_bpe(const WordCounts& pieces, const BpeTraining& options);

struct UnigramTraining {
  std::uint64_t vocab_size = 8000;  ///< with <unk>, <s> and </s>
  bool byte_fallback = false;       ///< bytes for characters that are in no piece, 256 entries more
};

/// A unigram model (Kudo 2018) of the texts, line by line, through the sentencepiece library, with
/// its normalisation (nmt_nfkc) and all characters but the rarest 0.05 %. Returns a SentencePiece
/// .model. Runs on one thread: on several the library's sums, and so its pieces, would depend on
/// their number. Memory: several times the texts. Throws kUsage with the library's words (a
/// vocabulary that is too large for the texts), kUnsupportedFormat in a build without it.
std::string train_unigram(const std::vector<std::string>& texts, const UnigramTraining& options);

}  // namespace dsprep
