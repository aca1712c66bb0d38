#include "lib/text/sentencepiece/decoder.h"

#include "dsprep/error.h"
#include "lib/text/unicode/utf8_cursor.h"

namespace dsprep::sentencepiece {
namespace {

// Byte pieces in a row: whole characters, and U+FFFD for each byte that is in none.
void append_bytes(std::string& bytes, std::string& text) {
  for (std::size_t at = 0; at < bytes.size();) {
    const CodePoint c = code_point_at(bytes, at);
    const bool surrogate = c.value >= 0xD800 && c.value < 0xE000;
    if (surrogate || c.value > 0x10FFFF || (c.value == 0xFFFD && c.length == 1) ||
        (c.length == 3 && c.value < 0x800) || (c.length == 4 && c.value < 0x10000)) {
      text += "\xEF\xBF\xBD";
      ++at;
    } else {
      text += bytes.substr(at, c.length);
      at += c.length;
    }
  }
  bytes.clear();
}

void append_with_spaces(std::string_view piece, std::string& text) {
  while (!piece.empty()) {
    const bool mark = piece.starts_with(kSpaceMark);
    text += mark ? ' ' : piece[0];
    piece.remove_prefix(mark ? kSpaceMark.size() : 1);
  }
}

}  // namespace

Decoder::Decoder(const Vocabulary& vocabulary, const std::string& file) : v_(vocabulary) {
  if (v_.model.has_denormalizer)
    denormalizer_.emplace(v_.model.denormalizer, false, std::vector<std::string>(), file);
}

std::string Decoder::decode(std::span<const TokenId> ids) const {
  const NormalizerSpec& spec = v_.model.normalizer;
  std::string text, bytes;
  bool at_start = true, took_space = false;
  for (const TokenId id : ids) {
    if (id >= v_.model.pieces.size())
      throw Error(ErrorCode::kUsage, "id " + std::to_string(id) + " is not in the vocabulary");
    const Piece& piece = v_.model.pieces[id];
    if (piece.type == PieceType::kByte) {
      for (unsigned byte = 0; byte < 256; ++byte)
        if (v_.byte_ids[byte] == id) bytes += static_cast<char>(byte);
      continue;
    }
    append_bytes(bytes, text);
    at_start = at_start && !took_space && text.empty();
    took_space = false;
    if (piece.type == PieceType::kControl) continue;
    if (piece.type == PieceType::kUnknown) {
      text += v_.model.unknown_surface;
      continue;
    }
    std::string_view shown = piece.text;
    if (at_start && (spec.add_dummy_prefix || spec.remove_extra_whitespaces) &&
        shown.starts_with(kSpaceMark)) {
      shown.remove_prefix(kSpaceMark.size());
      took_space = !spec.remove_extra_whitespaces;
    }
    append_with_spaces(shown, text);
  }
  append_bytes(bytes, text);
  return denormalizer_ ? denormalizer_->normalize(text) : text;
}

}  // namespace dsprep::sentencepiece
