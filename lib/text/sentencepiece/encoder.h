// The two kinds of SentencePiece models, over normalised text (see Normalizer). Immutable: any
// number of threads, each with its own cache.
#pragma once

#include <memory>
#include <string_view>

#include "lib/text/sentencepiece/vocabulary.h"
#include "lib/text/word_cache.h"

namespace dsprep::sentencepiece {

class Encoder {
 public:
  virtual ~Encoder() = default;
  /// Encodes `text`, which goes on a text whose beginning gave `progress`: the two must meet where
  /// part_end would cut.
  virtual void encode(std::string_view text, WordCache& cache, Progress& progress) const = 0;
  /// Where a part of `text` that begins at 0 ends: no piece of the model reaches over that place.
  virtual std::size_t part_end(std::string_view text) const noexcept = 0;
};

/// Both keep a reference to the vocabulary.
std::unique_ptr<Encoder> make_bpe_encoder(const Vocabulary& vocabulary);
std::unique_ptr<Encoder> make_unigram_encoder(const Vocabulary& vocabulary);

}  // namespace dsprep::sentencepiece
