// The two kinds of SentencePiece models, over normalised text (see Normalizer). Immutable: any
// number of threads, each with its own memory.
#pragma once

#include <memory>
#include <string_view>

#include "lib/text/neighbours.h"
#include "lib/text/sentencepiece/vocabulary.h"

namespace dsprep::sentencepiece {

class Encoder {
 public:
  /// What was encoded before.
  class Memory {
   public:
    virtual ~Memory() = default;
  };

  virtual ~Encoder() = default;
  virtual std::unique_ptr<Memory> make_memory() const = 0;
  /// Goes on with a text: `text` follows what gave `progress`. Where there is `more` of it, its end
  /// is left for the next call. Returns the bytes that are done.
  virtual std::size_t encode(std::string_view text, bool more, Memory& memory,
                             Progress& progress) const = 0;
  /// True where what stood before does not matter.
  virtual bool forgets() const noexcept = 0;
  /// Where no piece of the model reaches across.
  virtual const Neighbours& neighbours() const noexcept = 0;
};

/// Both keep a reference to the vocabulary.
std::unique_ptr<Encoder> make_bpe_encoder(const Vocabulary& vocabulary);
std::unique_ptr<Encoder> make_unigram_encoder(const Vocabulary& vocabulary);

}  // namespace dsprep::sentencepiece
