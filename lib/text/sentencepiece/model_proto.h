// The parts of SentencePiece's ModelProto that encoding and decoding need, and a reader for them.
// Source: sentencepiece_model.proto of google/sentencepiece.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace dsprep::sentencepiece {

enum class PieceType : std::uint8_t {
  kNormal = 1,
  kUnknown = 2,
  kControl = 3,
  kUserDefined = 4,
  kUnused = 5,
  kByte = 6,
};

struct Piece {
  std::string text;
  float score = 0;
  PieceType type = PieceType::kNormal;
};

enum class ModelType : std::uint8_t { kUnigram = 1, kBpe = 2, kWord = 3, kChar = 4 };

struct NormalizerSpec {
  std::string charsmap;  ///< rules, compiled; empty: none
  bool add_dummy_prefix = true;
  bool remove_extra_whitespaces = true;
  bool escape_whitespaces = true;
};

struct ModelProto {
  std::vector<Piece> pieces;
  ModelType type = ModelType::kUnigram;
  bool byte_fallback = false;
  bool treat_whitespace_as_suffix = false;
  std::string unknown_surface = " \xE2\x81\x87 ";
  NormalizerSpec normalizer;
  bool has_denormalizer = false;  ///< rules for decoded text
  NormalizerSpec denormalizer;
};

/// Throws kCorrupt at `file` for bytes that are no ModelProto, kUnsupportedFormat for a model type
/// that is not known.
ModelProto read_model_proto(std::string_view bytes, const std::string& file);

}  // namespace dsprep::sentencepiece
