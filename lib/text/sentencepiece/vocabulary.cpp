#include "lib/text/sentencepiece/vocabulary.h"

#include <algorithm>
#include <optional>
#include <unordered_map>
#include <utility>

#include "dsprep/error.h"
#include "lib/text/sentencepiece/normalizer.h"

namespace dsprep::sentencepiece {
namespace {

// The byte that "<0x41>" names.
std::optional<unsigned> byte_of(std::string_view piece) {
  if (piece.size() != 6 || !piece.starts_with("<0x") || piece[5] != '>') return std::nullopt;
  unsigned byte = 0;
  for (const char c : piece.substr(3, 2)) {
    const bool digit = c >= '0' && c <= '9';
    if (!digit && !(c >= 'A' && c <= 'F')) return std::nullopt;
    byte = byte * 16 + static_cast<unsigned>(digit ? c - '0' : c - 'A' + 10);
  }
  return byte;
}

bool stands_in_text(const Piece& piece) {
  return piece.type == PieceType::kNormal || piece.type == PieceType::kUserDefined ||
         piece.type == PieceType::kUnused;
}

class Reader {
 public:
  Reader(Vocabulary& vocabulary, const std::string& file) : v_(vocabulary), file_(file) {}

  void read() {
    if (v_.model.type != ModelType::kUnigram && v_.model.type != ModelType::kBpe)
      refuse("a model of words or characters");
    for (std::size_t id = 0; id < v_.model.pieces.size(); ++id)
      read_piece(v_.model.pieces[id], static_cast<TokenId>(id));
    if (!unknown_) corrupt("it has no unknown piece");
    v_.unknown = *unknown_;
    if (v_.model.byte_fallback && bytes_ != 256) corrupt("it does not have all 256 byte pieces");
    std::vector<DoubleArray::Entry> entries;
    for (std::size_t id = 0; id < v_.in_text.size(); ++id)
      if (!v_.in_text[id].empty()) entries.emplace_back(v_.in_text[id], static_cast<TokenId>(id));
    v_.pieces = DoubleArray(std::move(entries));
  }

 private:
  [[noreturn]] void corrupt(const std::string& what) const {
    throw Error(ErrorCode::kCorrupt, "the SentencePiece model is not valid: " + what,
                {.file = file_});
  }
  [[noreturn]] void refuse(const std::string& what) const {
    throw Error(ErrorCode::kUnsupportedFormat, "the SentencePiece model has " + what,
                {.file = file_}, "supported are unigram and BPE models without unused pieces");
  }

  void read_piece(const Piece& piece, TokenId id) {
    if (piece.text.empty()) corrupt("piece " + std::to_string(id) + " is empty");
    const auto [other, is_new] = ids_.emplace(piece.text, id);
    if (!is_new && stands_in_text(v_.model.pieces[other->second]) == stands_in_text(piece))
      corrupt("it has the piece '" + piece.text + "' twice");
    if (!is_new) refuse("a control symbol that is a piece, too: '" + piece.text + "'");
    v_.in_text.emplace_back();
    switch (piece.type) {
      case PieceType::kNormal:
      case PieceType::kUserDefined:
        if (!v_.model.normalizer.escape_whitespaces) {
          v_.in_text.back() = piece.text;
        } else if (piece.text.find(' ') == std::string::npos) {
          v_.in_text.back() = marks_as_spaces(piece.text);
        }
        break;
      case PieceType::kUnknown:
        if (unknown_) corrupt("it has two unknown pieces");
        unknown_ = id;
        break;
      case PieceType::kByte:
        read_byte(piece, id);
        break;
      case PieceType::kControl:
        break;
      case PieceType::kUnused:
        refuse("unused pieces");
      default:
        corrupt("piece " + std::to_string(id) + " is of an unknown type");
    }
  }

  void read_byte(const Piece& piece, TokenId id) {
    const std::optional<unsigned> byte = byte_of(piece.text);
    if (!byte || !v_.model.byte_fallback) corrupt("the byte piece '" + piece.text + "'");
    v_.byte_ids[*byte] = id;
    ++bytes_;
  }

  Vocabulary& v_;
  const std::string& file_;
  std::unordered_map<std::string_view, TokenId> ids_;
  std::optional<TokenId> unknown_;
  int bytes_ = 0;
};

}  // namespace

Vocabulary::Vocabulary(ModelProto proto, const std::string& file) : model(std::move(proto)) {
  Reader(*this, file).read();
}

std::string_view Vocabulary::surface(std::string_view character) const noexcept {
  return character == " " && model.normalizer.escape_whitespaces ? kSpaceMark : character;
}

std::vector<std::string> Vocabulary::user_defined() const {
  std::vector<std::string> symbols;
  for (const Piece& piece : model.pieces)
    if (piece.type == PieceType::kUserDefined) symbols.push_back(piece.text);
  return symbols;
}

void Progress::add_unknown(const Vocabulary& vocabulary, std::string_view character) {
  if (vocabulary.model.byte_fallback) {
    for (const char byte : vocabulary.surface(character))
      ids->push_back(vocabulary.byte_ids[static_cast<unsigned char>(byte)]);
    return;
  }
  if (!after_unknown) ids->push_back(vocabulary.unknown);
  after_unknown = true;
}

}  // namespace dsprep::sentencepiece
