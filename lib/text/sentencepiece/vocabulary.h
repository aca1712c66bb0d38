// The pieces of a SentencePiece model as its encoders and its decoder look at them.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dsprep/tokenizer.h"
#include "lib/text/double_array.h"
#include "lib/text/id_buffer.h"
#include "lib/text/sentencepiece/model_proto.h"

namespace dsprep::sentencepiece {

struct Vocabulary {
  ModelProto model;
  TokenId unknown = 0;
  std::array<TokenId, 256> byte_ids{};  ///< where the model has byte_fallback
  /// Each piece as it stands in normalised text: with a space for U+2581 where the model escapes
  /// white space. Empty: it cannot stand there.
  std::vector<std::string> in_text;
  DoubleArray pieces;  ///< in_text of normal and user-defined pieces to their ids

  /// Throws kCorrupt for a model that SentencePiece refuses, kUnsupportedFormat for what is not
  /// supported.
  Vocabulary(ModelProto proto, const std::string& file);

  /// What an unknown character is where it is written as bytes.
  std::string_view surface(std::string_view character) const noexcept;
  std::vector<std::string> user_defined() const;
};

/// What a text has come to while it is encoded.
class Progress {
 public:
  explicit Progress(std::vector<TokenId>& ids) : ids_(ids) {}

  void add(TokenId id) {
    ids_.add(id);
    after_unknown_ = false;
  }
  void add(const WordCache::Entry& entry, const WordCache& cache) {
    ids_.add(entry, cache);
    after_unknown_ = false;
  }
  /// For code that adds ids itself, none of them the unknown one.
  IdBuffer& known_ids() noexcept {
    after_unknown_ = false;
    return ids_;
  }
  /// A character without a piece.
  void add_unknown(const Vocabulary& vocabulary, std::string_view character);
  /// All ids so far.
  std::vector<TokenId>& flush() { return ids_.flush(); }

  float total = 0;  ///< of the scores so far (unigram)

 private:
  IdBuffer ids_;
  bool after_unknown_ = false;  // the last id is the unknown one: more of them are left out
};

}  // namespace dsprep::sentencepiece
