#include "lib/text/sentencepiece/tokenizer.h"

#include <algorithm>
#include <utility>

#include "dsprep/error.h"
#include "lib/text/added_tokens.h"
#include "lib/text/end_of_text.h"
#include "lib/text/lending_pool.h"
#include "lib/text/sentencepiece/decoder.h"
#include "lib/text/sentencepiece/encoder.h"
#include "lib/text/sentencepiece/normalizer.h"
#include "lib/text/unicode/utf8_cursor.h"

namespace dsprep::sentencepiece {
namespace {

// Control symbols are never found in a text: they are looked for only to forbid them.
AddedTokenSplitter forbidden_symbols(const Vocabulary& vocabulary, SpecialTokens special) {
  std::vector<AddedTokenSplitter::Pattern> patterns;
  for (const Piece& piece : vocabulary.model.pieces) {
    if (special == SpecialTokens::kForbid &&
        (piece.type == PieceType::kControl || piece.type == PieceType::kUnknown))
      patterns.push_back({piece.text, {.content = piece.text, .special = true}});
  }
  return {std::move(patterns), special};
}

class SentencePieceTokenizer final : public Tokenizer {
 public:
  SentencePieceTokenizer(std::string_view bytes, const std::string& file, SpecialTokens special)
      : file_(bytes),
        vocabulary_(read_model_proto(bytes, file), file),
        normalizer_(vocabulary_.model.normalizer, vocabulary_.model.treat_whitespace_as_suffix,
                    vocabulary_.user_defined(), file),
        decoder_(vocabulary_, file),
        encoder_(vocabulary_.model.type == ModelType::kBpe ? make_bpe_encoder(vocabulary_)
                                                           : make_unigram_encoder(vocabulary_)),
        forbidden_(forbidden_symbols(vocabulary_, special)) {}

  std::string_view name() const noexcept override { return "sentencepiece"; }
  std::uint32_t vocab_size() const noexcept override {
    return static_cast<std::uint32_t>(vocabulary_.model.pieces.size());
  }
  bool needs_utf8() const noexcept override { return true; }
  std::string to_file() const override { return file_; }
  std::optional<TokenId> end_of_text() const override {
    EndOfText end;
    for (std::size_t id = 0; id < vocabulary_.model.pieces.size(); ++id) {
      const Piece& piece = vocabulary_.model.pieces[id];
      if (piece.type == PieceType::kControl) end.consider(piece.text, static_cast<TokenId>(id));
    }
    return end.id();
  }

  void encode(std::string_view text, std::vector<TokenId>& ids) const override {
    TextCarry carry;
    encode_part(text, carry, ids);
  }

  void encode_part(std::string_view text, TextCarry& carry,
                   std::vector<TokenId>& ids) const override {
    if (text.empty()) return;
    if (!forbidden_.empty())
      forbidden_.split(
          text, [](std::string_view) {}, [](const AddedToken&) {});
    if (text.size() > kLong) ids.reserve(ids.size() + text.size() / 2);
    const LendingPool<Encoder::Memory>::Lease memory(memories_,
                                                     [this] { return encoder_->make_memory(); });
    Progress progress(ids);
    progress.total = carry.score;
    if (normalizer_.keeps(text)) {
      encode_as_it_is(text, carry.started, *memory, progress);
    } else {
      encode_normalized(text, carry.started, *memory, progress);
    }
    progress.flush();
    carry = {.started = true, .score = progress.total};
  }
  bool needs_order() const noexcept override { return !encoder_->forgets(); }

  std::size_t cut(std::string_view text) const noexcept override {
    if (!forbidden_.empty()) return 0;
    for (std::size_t i = text.size(); i-- > 1;)
      if (normalizer_.may_cut(text[i - 1], text[i]) && are_apart(text[i - 1], text[i])) return i;
    return 0;
  }

  std::string decode(std::span<const TokenId> ids) const override { return decoder_.decode(ids); }

 private:
  // The characters are ASCII and not looked at by the normalizer. Unknown ones would be one id
  // together.
  bool are_apart(char before, char behind) const noexcept {
    const auto code = [](char c) { return static_cast<char32_t>(static_cast<unsigned char>(c)); };
    const char32_t next = normalizer_.is_space(behind) ? U' ' : code(behind);
    return !encoder_->neighbours().may_join(code(before), next) &&
           (vocabulary_.model.byte_fallback ||
            vocabulary_.pieces.find({&before, 1}) != DoubleArray::kNoValue);
  }

  // Only what the added space belongs to is copied.
  void encode_as_it_is(std::string_view text, bool started, Encoder::Memory& memory,
                       Progress& progress) const {
    std::size_t done = 0;
    if (!started && normalizer_.adds_prefix()) {
      const Neighbours& neighbours = encoder_->neighbours();
      if (neighbours.may_join(' ', code_point_at(text, 0).value))
        done = neighbours.end_of_part(text);
      encoder_->encode(" " + std::string(text.substr(0, done)), false, memory, progress);
    }
    encoder_->encode(text.substr(done), false, memory, progress);
  }

  // In steps, so that what is written is read while it is near.
  void encode_normalized(std::string_view text, bool started, Encoder::Memory& memory,
                         Progress& progress) const {
    NormalizedText flow{.rest = text, .started = started};
    do {
      normalizer_.go_on(flow, std::max(kStep, 2 * flow.out.size()));
      const auto settled = std::string_view(flow.out).substr(0, normalizer_.settled(flow));
      flow.out.erase(0, encoder_->encode(settled, !flow.rest.empty(), memory, progress));
    } while (!flow.rest.empty());
  }

  static constexpr std::size_t kStep = 16 * 1024;
  static constexpr std::size_t kLong = 64 * 1024;

  std::string file_;
  Vocabulary vocabulary_;
  Normalizer normalizer_;
  Decoder decoder_;
  std::unique_ptr<Encoder> encoder_;
  AddedTokenSplitter forbidden_;
  mutable LendingPool<Encoder::Memory> memories_;
};

}  // namespace

std::unique_ptr<Tokenizer> make_tokenizer(std::string_view bytes, const std::string& file,
                                          const TokenizerOptions& options) {
  if (!options.pattern.empty() || options.special == SpecialTokens::kAllow) {
    throw Error(ErrorCode::kUsage,
                options.pattern.empty()
                    ? "SentencePiece models never find control symbols in a text"
                    : "SentencePiece models have no split pattern",
                {.file = file}, "leave the option out");
  }
  return std::make_unique<SentencePieceTokenizer>(bytes, file, options.special);
}

}  // namespace dsprep::sentencepiece
