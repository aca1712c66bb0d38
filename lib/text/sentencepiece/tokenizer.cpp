#include "lib/text/sentencepiece/tokenizer.h"

#include <utility>

#include "dsprep/error.h"
#include "lib/text/added_tokens.h"
#include "lib/text/end_of_text.h"
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
    if (text.empty()) return;
    if (!forbidden_.empty())
      forbidden_.split(
          text, [](std::string_view) {}, [](const AddedToken&) {});
    const WordCachePool::Lease cache(caches_);
    Progress progress(ids);
    if (!normalizer_.keeps(text)) {
      encoder_->encode(normalizer_.normalize(text), *cache, progress);
    } else {
      encode_as_it_is(text, *cache, progress);
    }
    progress.flush();
  }

  std::string decode(std::span<const TokenId> ids) const override { return decoder_.decode(ids); }

 private:
  // Only the first part, which the added space belongs to, is copied.
  void encode_as_it_is(std::string_view text, WordCache& cache, Progress& progress) const {
    std::size_t done = 0;
    if (normalizer_.adds_prefix()) {
      std::string first = " ";
      first += text.substr(0, code_point_at(text, 0).length);
      if (encoder_->part_end(first) == first.size()) {
        done = encoder_->part_end(text);
        first = " ";
        first += text.substr(0, done);
      } else {
        first = " ";
      }
      encoder_->encode(first, cache, progress);
    }
    encoder_->encode(text.substr(done), cache, progress);
  }

  std::string file_;
  Vocabulary vocabulary_;
  Normalizer normalizer_;
  Decoder decoder_;
  std::unique_ptr<Encoder> encoder_;
  AddedTokenSplitter forbidden_;
  mutable WordCachePool caches_;
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
