// Ids of a SentencePiece model to text. Immutable: any number of threads.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "lib/text/sentencepiece/normalizer.h"
#include "lib/text/sentencepiece/vocabulary.h"

namespace dsprep::sentencepiece {

class Decoder {
 public:
  /// Keeps a reference to the vocabulary.
  Decoder(const Vocabulary& vocabulary, const std::string& file);

  /// Throws kUsage for an id that is not in the vocabulary.
  std::string decode(std::span<const TokenId> ids) const;

 private:
  const Vocabulary& v_;
  std::optional<Normalizer> denormalizer_;
};

}  // namespace dsprep::sentencepiece
